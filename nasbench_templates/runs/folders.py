"""Run folders: one for each training, found again by what was asked for.

A run's identity is a hash of its resolved configuration, which holds no paths and no machine names;
so the same request finds its folder and is skipped when finished, or resumed.

    config.json        what was asked for
    architecture.json  the network: graph, widths, exact cost
    metrics.jsonl      one object for each epoch
    result.json        final figures and status; written last
    model.keras        the trained network, normalisation included
    checkpoints/       only while the run is unfinished
    logs/              for TensorBoard, where it was asked for
"""

import contextlib
import dataclasses
import hashlib
import json
import pathlib
import shutil
from collections.abc import Iterable, Iterator, Mapping

from nasbench_templates.support import files, locks
from nasbench_templates.support.errors import ConfigError

RESULT = "result.json"
FINISHED = "finished"
INTERRUPTED = "interrupted"
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

    @classmethod
    def at(cls, path: pathlib.Path, config: Mapping[str, object]) -> "RunFolder":
        """Returns the folder `path` for a configuration.

        Raises:
            ConfigError: it already holds another run; the message names what differs.
        """
        known = files.read_json(path / "config.json")
        if known is not None:
            wanted = json.loads(json.dumps(config))
            differing = sorted(_differences(known, wanted))
            if differing:
                raise ConfigError(
                    f"{path}: expected a new folder or one of this run, it holds a run that "
                    f"differs in {', '.join(differing)}; choose another --output_dir"
                )
        return cls(path, config)

    @property
    def checkpoints(self) -> pathlib.Path:
        """Where an unfinished run keeps its state."""
        return self.path / "checkpoints"

    @property
    def event_logs(self) -> pathlib.Path:
        """Where TensorBoard finds the run's epochs."""
        return self.path / "logs"

    @property
    def metrics(self) -> pathlib.Path:
        """One JSON object for each epoch."""
        return self.path / "metrics.jsonl"

    @property
    def model(self) -> pathlib.Path:
        """Where the trained network is saved."""
        return self.path / "model.keras"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from training here during the block; creates the folder.

        Raises:
            ConfigError: one does already.
            OSError: the folder cannot be written to.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with locks.held(self.path / ".lock", self.path):
            yield

    def finished(self) -> dict[str, object] | None:
        """Returns the result of a finished run, else `None`."""
        result = files.read_json(self.path / RESULT)
        return result if result is not None and result.get("status") == FINISHED else None

    def start(self, architecture: Mapping[str, object]) -> None:
        """Creates the folder and writes what the run is about.

        Raises:
            OSError: the folder cannot be written to.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        files.write_json(self.path / "config.json", dict(self.config))
        files.write_json(self.path / "architecture.json", dict(architecture))

    def write_epoch(self, row: Mapping[str, object]) -> None:
        """Adds an epoch to the metrics, in place of those that an earlier attempt wrote from there.

        Raises:
            OSError: the folder cannot be written to.
        """
        known = (each for each in self.read_epochs() if each["epoch"] < row["epoch"])
        self.write_epochs([*known, row])

    def write_epochs(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Writes the metrics anew.

        Raises:
            OSError: the folder cannot be written to.
        """
        with files.replacing_text(self.metrics) as file:
            file.writelines(json.dumps(row, sort_keys=True, allow_nan=False) + "\n" for row in rows)

    def read_epochs(self) -> list[dict[str, object]]:
        """Returns the metrics of the epochs that are written, in their order."""
        try:
            lines = self.metrics.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def record(self, result: Mapping[str, object]) -> None:
        """Writes what is known of a run that did not finish; its checkpoints stay.

        Raises:
            OSError: the folder cannot be written to.
        """
        files.write_json(self.path / RESULT, dict(result))

    def finish(self, result: Mapping[str, object]) -> None:
        """Writes the result of a run that is over, and drops the checkpoints.

        Raises:
            OSError: the folder cannot be written to.
        """
        files.write_json(self.path / RESULT, dict(result))
        shutil.rmtree(self.checkpoints, ignore_errors=True)


def _differences(known: Mapping[str, object], wanted: Mapping[str, object]) -> Iterable[str]:
    for name, value in wanted.items():
        other = known.get(name)
        if isinstance(value, dict) and isinstance(other, dict):
            yield from _differences(other, value)
        elif value != other:
            yield name
