"""Run folders: one for each training, found again by what was asked for.

A run's identity is a hash of its resolved configuration, which holds no paths and no machine names;
so the same request finds its folder and is skipped when finished, or resumed.

    config.json        what was asked for
    architecture.json  the network: graph, widths, exact cost
    metrics.jsonl      one object for each epoch
    result.json        final figures and status; written last
    model.keras        the trained network, normalisation included
    checkpoint.npz     only while the run is unfinished
"""

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Iterable, Mapping

from nasbench_templates.results import files

FINISHED = "finished"
FAILED = "failed"


@dataclasses.dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run.

    Attributes:
        path: the folder.
        config: the resolved configuration.
    """

    path: pathlib.Path
    config: Mapping[str, object]

    @classmethod
    def locate(cls, root: pathlib.Path, label: str, config: Mapping[str, object]) -> "RunFolder":
        """Returns the folder of a configuration below `root`; `label` makes its name readable."""
        text = json.dumps(config, sort_keys=True, allow_nan=False)
        identity = hashlib.sha256(text.encode()).hexdigest()[:12]
        # The label is for people: the same run under another name is still the same run.
        known = sorted(root.glob(f"*-{identity}"))
        return cls(known[0] if known else root / f"{label}-{identity}", config)

    @property
    def checkpoint(self) -> pathlib.Path:
        """Where an unfinished run keeps its state."""
        return self.path / "checkpoint.npz"

    @property
    def model(self) -> pathlib.Path:
        """Where the trained network is saved."""
        return self.path / "model.keras"

    def finished(self) -> dict[str, object] | None:
        """Returns the result of a finished run, else `None`."""
        result = files.read_json(self.path / "result.json")
        return result if result is not None and result.get("status") == FINISHED else None

    def start(self, architecture: Mapping[str, object]) -> None:
        """Creates the folder and writes what the run is about.

        Raises:
            OSError: the folder cannot be written to.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        files.write_json(self.path / "config.json", dict(self.config))
        files.write_json(self.path / "architecture.json", dict(architecture))

    def finish(
        self, result: Mapping[str, object], metrics: Iterable[Mapping[str, object]] = ()
    ) -> None:
        """Writes the epochs and then the result, and drops the checkpoint.

        Raises:
            OSError: the folder cannot be written to.
        """
        with files.replacing_text(self.path / "metrics.jsonl") as file:
            file.writelines(
                json.dumps(row, sort_keys=True, allow_nan=False) + "\n" for row in metrics
            )
        files.write_json(self.path / "result.json", dict(result))
        self.checkpoint.unlink(missing_ok=True)
