"""The weights of a finished run as what another run starts from, pruned where it says so."""

import functools
import hashlib
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nasbench_templates.support.errors import DataError
from nasbench_templates.support.frozen import FrozenMapping

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class FirstWeights:
    """Where weights come from.

    Attributes:
        run: folder of a finished run.
        kept: of every learned mixture, which of its inputs the new network keeps; empty: the new
            network is the same.
    """

    run: pathlib.Path
    kept: Mapping[str, tuple[int, ...]] = FrozenMapping()

    def __post_init__(self) -> None:
        object.__setattr__(self, "run", pathlib.Path(self.run))
        object.__setattr__(self, "kept", FrozenMapping(self.kept))

    def load(self) -> "Sequence[np.ndarray]":
        """Returns the weights in the order of the new network's.

        Raises:
            ConfigError: the folder holds no run.
            DataError: the run is not finished, or its network is damaged.
        """
        return _load(self)

    def sha256(self) -> str:
        """Returns a hash of the weights' values; raises as `load`."""
        digest = hashlib.sha256()
        for each in self.load():
            digest.update(each.tobytes())
        return digest.hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Returns the source for JSON."""
        return {
            "run": str(self.run),
            "kept": {name: list(each) for name, each in self.kept.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "FirstWeights":
        """Returns the source that `to_json` described."""
        return cls(content["run"], content["kept"])


@functools.lru_cache(maxsize=2)
def _load(source: FirstWeights) -> "Sequence[np.ndarray]":
    from nasbench_templates.graph import graph_json, pruning
    from nasbench_templates.keras_io import keras_builder, mixtures
    from nasbench_templates.runs import finished_run
    from nasbench_templates.support import files

    run = finished_run.read(source.run)
    trained = finished_run.load_network(run).get_layer("network")
    if not source.kept:
        return tuple(trained.get_weights())
    described = files.read_json(source.run / "architecture.json")
    if described is None:
        raise DataError(f"{source.run}: expected architecture.json of a run, found none")
    whole, filters = graph_json.from_json(described["graph"]), tuple(described["filters"])
    pruned = pruning.prune(whole, source.kept)
    before, after = (keras_builder.build_keras(each, filters) for each in (whole, pruned))
    before.set_weights(trained.get_weights())
    mixtures.carry_weights(before, whole, after, pruned, source.kept)
    return tuple(after.get_weights())
