"""Run folders: one for each training, found again by what was asked for.

A run's identity is a hash of its resolved configuration, which holds no paths and no machine names;
so the same request finds its folder and is skipped when finished, or resumed.

    config.json        what was asked for
    architecture.json  the network: graph, widths, exact cost
    metrics.jsonl      one object for each epoch
    failures.jsonl     one object for each attempt that failed, where there was one
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
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from absl import logging

from nasbench_templates.runs import identity, stored
from nasbench_templates.support import differences, files, locks, texts
from nasbench_templates.support.errors import ConfigError, DataError, HeldError

CONFIG, RESULT, CHECKPOINTS = "config.json", "result.json", "checkpoints"
FAILURES, LOCK = "failures.jsonl", ".lock"
FINISHED, INTERRUPTED, FAILED = stored.STATUSES


@dataclasses.dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run.

    Attributes:
        path: the folder.
        config: the resolved configuration.
    """

    path: pathlib.Path
    config: Mapping[str, Any]

    @classmethod
    def locate(cls, root: pathlib.Path, label: str, config: Mapping[str, Any]) -> "RunFolder":
        """Returns the folder of a configuration below `root`; `label` makes its name readable."""
        name = _short_hash(config)
        # The label is for people: the same run under another name is still the same run.
        expected = root / f"{label}-{name}"
        if expected.is_dir():
            return cls(expected, config)
        known = sorted(root.glob(f"*-{name}"))
        earlier = identity.version_1(config)
        if not known and earlier is not None:
            known = sorted(root.glob(f"*-{_short_hash(earlier)}"))
        return cls(known[0] if known else expected, config)

    @classmethod
    def at(cls, path: pathlib.Path, config: Mapping[str, Any]) -> "RunFolder":
        """Returns the folder `path` for a configuration.

        Raises:
            ConfigError: it already holds another run, or one that nothing tells of; the message
                names what differs.
        """
        known = files.read_json(path / CONFIG)
        if known is None:
            left = [each for each in (CONFIG, RESULT, CHECKPOINTS) if (path / each).exists()]
            if left:
                raise ConfigError(
                    f"{path}: expected a new folder or one of this run, it holds {left[0]} of a "
                    f"run that no readable {CONFIG} tells of; choose another --output_dir, or "
                    "remove the folder to train anew"
                )
        else:
            wanted = identity.normalized(config)
            differing = sorted(differences.named(identity.normalized(known), wanted))
            if differing:
                raise ConfigError(
                    f"{path}: expected a new folder or one of this run, it holds a run that "
                    f"differs in {', '.join(differing)}; choose another --output_dir, or remove "
                    "this folder to train anew in it"
                )
        return cls(path, config)

    @property
    def checkpoints(self) -> pathlib.Path:
        """Where an unfinished run keeps its state."""
        return self.path / CHECKPOINTS

    @property
    def event_logs(self) -> pathlib.Path:
        """Where TensorBoard finds the run's epochs."""
        return self.path / "logs"

    @property
    def metrics(self) -> pathlib.Path:
        """One JSON object for each epoch."""
        return self.path / "metrics.jsonl"

    @property
    def failures(self) -> pathlib.Path:
        """One JSON object for each attempt that failed: `reason` and `time`, seconds since 1970."""
        return self.path / FAILURES

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
        with locks.held(self.path / LOCK, self.path):
            yield

    def is_held(self) -> bool:
        """Returns whether a process works here; asking stands in nobody's way for longer."""
        try:
            with self.locked():
                return False
        except HeldError:
            return True

    def record_failure(self, reason: str) -> None:
        """Notes an attempt that failed; a result that says so in more words stays.

        Raises:
            OSError: the folder cannot be written to.
        """
        noted = {"reason": reason, "time": time.time()}
        _write_lines(self.failures, [*self.read_failures(), noted])
        known = files.read_json(self.path / RESULT) or {}
        if (known.get("status"), known.get("reason")) != (FAILED, reason):
            self.record({"status": FAILED, "reason": reason})

    def finished(self) -> dict[str, Any] | None:
        """Returns the result of a finished run, else `None`.

        A result counts only where the folder's `config.json` is whole and that of this run, and
        where the result tells of the same template, widths, seed and data; else a warning says so.
        """
        result = files.read_json(self.path / RESULT)
        if result is None or result.get("status") != FINISHED:
            return None
        wrong = self._disagreement(result)
        if wrong is None:
            return result
        logging.warning("%s: its result is not taken: %s", self.path, wrong)
        return None

    def paused(self, epochs: int) -> dict[str, Any] | None:
        """Returns what was recorded of a run that has made so many epochs, else `None`.

        What it scored after each of them is in its metrics, whether or not checkpoints are left.
        """
        result = files.read_json(self.path / RESULT)
        is_paused = result is not None and result.get("status") == INTERRUPTED
        if result is None or not is_paused or self._disagreement(result) is not None:
            return None
        has_made = result.get("epochs", 0) >= epochs and len(self.read_epochs()) >= epochs
        return result if has_made else None

    def discard_checkpoints(self) -> None:
        """Removes the state of a run that nobody will train on; it would begin anew."""
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    def _disagreement(self, result: Mapping[str, Any]) -> str | None:
        known = files.read_json(self.path / CONFIG)
        if known is None:
            return f"no readable {CONFIG}"
        wanted = identity.normalized(self.config)
        differing = sorted(differences.named(identity.normalized(known), wanted))
        if differing:
            return f"{CONFIG} is that of a run that differs in {', '.join(differing)}"
        return stored.result_fault(result, wanted)

    def start(self, architecture: Mapping[str, Any]) -> None:
        """Creates the folder and writes what the run is about.

        Raises:
            OSError: the folder cannot be written to.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        files.write_json(self.path / CONFIG, dict(self.config))
        files.write_json(self.path / "architecture.json", dict(architecture))

    def write_epoch(self, row: Mapping[str, Any]) -> None:
        """Adds an epoch to the metrics, in place of those that an earlier attempt wrote from there.

        Raises:
            OSError: the folder cannot be written to.
        """
        known = (each for each in self.read_epochs() if each["epoch"] < row["epoch"])
        self.write_epochs([*known, row])

    def write_epochs(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes the metrics anew.

        Raises:
            OSError: the folder cannot be written to.
        """
        _write_lines(self.metrics, rows)

    def read_epochs(self) -> list[dict[str, Any]]:
        """Returns the metrics of the epochs that are written, in their order.

        Raises:
            DataError: a damaged line.
        """
        found = []
        for number, line in enumerate(_lines(self.metrics), 1):
            row = _object(line)
            if row is None:
                raise DataError(
                    f"{self.metrics}, line {number}: expected an epoch as JSON, received "
                    f"{line[:80]!r}; remove the folder to train anew"
                )
            found.append(row)
        return found

    def read_failures(self) -> list[dict[str, Any]]:
        """Returns the attempts that failed, in their order.

        A line that a full disk cut short is passed over: it tells of no figure.
        """
        rows = map(_object, _lines(self.failures))
        return [row for row in rows if row is not None]

    def record(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Writes what is known of a run, and returns it as it is read back; checkpoints stay.

        Raises:
            OSError: the folder cannot be written to.
        """
        files.write_json(self.path / RESULT, dict(result))
        written = files.read_json(self.path / RESULT)
        if written is None:
            raise OSError(f"{self.path / RESULT}: expected what was just written, found another")
        return written

    def finish(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Writes the result of a run that is over, and drops the checkpoints; as `record`.

        Raises:
            OSError: the folder cannot be written to.
        """
        kept = self.record(result)
        self.discard_checkpoints()
        return kept


def _lines(path: pathlib.Path) -> list[str]:
    try:
        return texts.read_lines(path)
    except FileNotFoundError:
        return []


def _object(line: str) -> dict[str, Any] | None:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _write_lines(path: pathlib.Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with files.replacing_text(path) as file:
        file.writelines(json.dumps(row, sort_keys=True, allow_nan=False) + "\n" for row in rows)


def _short_hash(config: Mapping[str, Any]) -> str:
    text = json.dumps(config, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
