"""A training run as a value: what is trained on what, how, from which seed; no arrays.

It can be compared, hashed, pickled and written as JSON, so another process can carry it out. What
makes two runs the same is its `identity`, for which no images need to be read where the checksum of
the data is known.

>>> from nasbench_templates.design.planning import plan
>>> from nasbench_templates.training.recipes import recipes
>>> (flat,) = plan("vgg19", ["b"])
>>> spec = RunSpec(flat, DataRequest("digits"), recipes.get("short").config(epochs=2), seed=3)
>>> RunSpec.from_json(spec.to_json()) == spec
True
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_templates.design import design_json
from nasbench_templates.design.design import Design
from nasbench_templates.graph import graph_json, imported
from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.networks.cells import Cell
from nasbench_templates.runs import identity
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.first_weights import FirstWeights
from nasbench_templates.support.errors import check_seed
from nasbench_templates.support.frozen import frozen
from nasbench_templates.training import devices
from nasbench_templates.training.config import MixingConfig, TrainConfig

LATENCY = "latency"
# Of each split, where data are cut for a trial of the whole chain.
SMOKE_IMAGES = 256


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One training run.

    Attributes:
        design: the network under its widths.
        data: what it is trained on.
        config: how.
        seed: decides weights, order and augmentation; at least 0.
        measure: what is timed after training; only `"latency"` is known.
        first_weights: what it starts from; `None`: the seed decides.
    """

    design: Design
    data: DataRequest
    config: TrainConfig
    seed: int = 0
    measure: tuple[str, ...] = (LATENCY,)
    first_weights: FirstWeights | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", frozen(self.seed))
        check_seed(self.seed)

    @property
    def is_smoke(self) -> bool:
        """Whether data are cut to a few images, for a trial of the whole chain."""
        return self.data.smoke_images is not None

    @property
    def model(self) -> str:
        """Registered name of the architecture, or what an architecture in hand is called."""
        design = self.design
        return design.source.name if design.network is None else design.network.model

    @property
    def trainer_key(self) -> tuple[object, ...]:
        """What runs have in common that can share one built and traced network."""
        return (
            self.design.architecture.graph,
            self.design.filters,
            self.data,
            self.config,
            self.first_weights,
        )

    def identity(self, data_checksum: str) -> dict[str, Any]:
        """Returns what makes two runs the same, without paths and machine names.

        Args:
            data_checksum: of the data set as it is trained on.

        Raises:
            ConfigError: a backend that is not installed.
            DataError: the run that it starts from is damaged.
        """
        # The graph itself, not the options it came from: the same network asked for in other words,
        # or with a default spelled out, is the same run.
        found = {
            "model": self.model,
            "graph_sha256": _sha256(self.design.architecture.graph),
            "template": self.design.template,
            "filters": list(self.design.filters),
            "dataset": self.data.name,
            "data_checksum": data_checksum,
            "training": identity.training(self.config),
            "seed": self.seed,
            "backend": devices.keras_backend(),
            "smoke": self.is_smoke,
        }
        source = self.design.source.graph
        if imported.is_imported(source):
            # What all templates of it have in common; files and their names may change.
            found["source_sha256"] = _sha256(source)
        if self.first_weights is not None:
            found["first_weights_sha256"] = self.first_weights.sha256()
        return found

    def cell(self) -> dict[str, Any] | None:
        """Returns the cell in the vertex order that is built; `None` for other networks."""
        options = {} if self.design.network is None else self.design.network.options
        if options.get("cell") is None:
            return None
        cell = Cell.of(options["cell"])
        if options.get("order") == "canonical":
            cell = cell.canonical()
        return {"matrix": [list(row) for row in cell.matrix], "ops": list(cell.ops)}

    def to_json(self) -> dict[str, Any]:
        """Returns the run for JSON."""
        return {
            "design": design_json.to_json(self.design),
            "data": self.data.to_json(),
            "training": self.config.to_dict(),
            "seed": self.seed,
            "measure": list(self.measure),
            "first_weights": self.first_weights and self.first_weights.to_json(),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "RunSpec":
        """Returns the run that `to_json` described.

        Raises:
            ConfigError: settings that no run can have.
            SpecError: a network that cannot be built.
        """
        settings: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in content["training"].items()
        }
        if settings.get("mixing") is not None:
            settings["mixing"] = MixingConfig(**settings["mixing"])
        weights = content["first_weights"]
        return cls(
            design=design_json.from_json(content["design"]),
            data=DataRequest.from_json(content["data"]),
            config=TrainConfig(**settings),
            seed=content["seed"],
            measure=tuple(content["measure"]),
            first_weights=weights and FirstWeights.from_json(weights),
        )

    def with_data(self, data: DataRequest) -> "RunSpec":
        """Returns the same run on other data."""
        return dataclasses.replace(self, data=data)


def _sha256(graph: LayerGraph) -> str:
    text = json.dumps(graph_json.to_json(graph), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
