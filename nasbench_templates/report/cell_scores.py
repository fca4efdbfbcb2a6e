"""Scores of many cells, kept as they come: a file with a line for each, read by the next call.

    tasks = [ScoreTask(name, design, ("snip",), seed=0), ...]
    for found in score_cells(tasks, batch, identity, pathlib.Path("scores.jsonl")):
        found.scores["snip"]

The first line says of what the scores are (batch, network, seed); a file of others is refused. A
last line that a kill cut off is dropped.
"""

import json
import os
import pathlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nasbench_templates.design.design import Design
from nasbench_templates.space import workers
from nasbench_templates.support import differences, files
from nasbench_templates.support.errors import ConfigError, DataError

# What tells the libraries how many threads a process has.
_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


@dataclass(frozen=True, slots=True)
class Batch:
    """The images that all cells see.

    Attributes:
        images: normalised, `(batch, height, width, channels)` float32.
        labels: `(batch,)`.
    """

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, slots=True)
class ScoreTask:
    """What is to be computed of one cell.

    Attributes:
        module_hash: of the cell.
        design: its network.
        names: scores.
        seed: of the weights.
    """

    module_hash: str
    design: Design
    names: tuple[str, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class CellScores:
    """What is known of one cell.

    Attributes:
        module_hash: of the cell.
        scores: by name; `None` for one that is not finite.
        seconds: that they took together.
    """

    module_hash: str
    scores: Mapping[str, float | None]
    seconds: float


def score_cells(
    tasks: Sequence[ScoreTask],
    batch: Batch,
    identity: Mapping[str, Any],
    path: pathlib.Path,
    processes: int = 1,
) -> Iterator[CellScores]:
    """Yields every cell with the scores asked for, those of the file first.

    Args:
        tasks: the cells.
        batch: of images.
        identity: what else decides the scores, as it is stored in the file's first line.
        path: of the file; the caller sees to it that nobody else writes it.
        processes: how many work at once, a thread each where there are several.

    Raises:
        ConfigError: the file holds scores of another batch, network or seed.
        DataError: the file is damaged before its last line.
        OSError: the file cannot be written to.
    """
    known = _read(path, identity)
    missing = []
    for task in tasks:
        before = known.get(task.module_hash)
        names = tuple(name for name in task.names if before is None or name not in before.scores)
        if names or before is None:
            missing.append(ScoreTask(task.module_hash, task.design, names, task.seed))
        else:
            yield before
    work = [(task, batch, processes > 1) for task in missing]
    for found in workers.run(_score, work, processes):
        before = known.get(found.module_hash)
        if before is not None:
            scores = {**before.scores, **found.scores}
            found = CellScores(found.module_hash, scores, before.seconds + found.seconds)
        _append(path, _fields(found))
        yield found


def _score(work: tuple[ScoreTask, Batch, bool]) -> CellScores:
    task, batch, is_one_of_several = work
    if is_one_of_several:
        # Before TensorFlow is loaded; processes with all threads each would wait for each other.
        for name in _THREADS:
            os.environ.setdefault(name, "1")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from nasbench_templates.measure import zero_cost_scores

    start = time.monotonic()
    probe = zero_cost_scores.Probe(task.design, batch.images, batch.labels, task.seed)
    scores = zero_cost_scores.compute(probe, task.names)
    return CellScores(task.module_hash, scores, time.monotonic() - start)


def _fields(found: CellScores) -> dict[str, Any]:
    return {
        "module_hash": found.module_hash,
        "scores": dict(found.scores),
        "seconds": round(found.seconds, 3),
    }


def _append(path: pathlib.Path, content: Mapping[str, Any]) -> None:
    line = json.dumps(content, allow_nan=False) + "\n"
    with files.naming(path), path.open("ab") as file:
        # In one call, so that a kill leaves a whole line or a cut last one.
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def _read(path: pathlib.Path, identity: Mapping[str, Any]) -> dict[str, CellScores]:
    """Returns what a file holds, by hash, and begins a file that is not there."""
    expected = {"schema": files.SCHEMA, "identity": dict(identity)}
    content = path.read_bytes() if path.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if not whole:
        with files.replacing_text(path) as file:
            file.write(json.dumps(expected, sort_keys=True) + "\n")
        return {}
    if whole != content:
        with files.replacing(path) as partial:
            partial.write_bytes(whole)
    known = {}
    for number, line in enumerate(whole.decode("utf-8", "replace").splitlines(), 1):
        try:
            entry = json.loads(line)
            if number == 1:
                differing = sorted(differences.named(entry, json.loads(json.dumps(expected))))
                if differing:
                    raise ConfigError(
                        f"{path}: expected a new file or scores of the same, it holds scores that "
                        f"differ in {', '.join(differing)}; choose another folder"
                    )
                continue
            found = CellScores(entry["module_hash"], entry["scores"], entry["seconds"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, ConfigError):
                raise
            raise DataError(
                f"{path}: line {number}: expected the scores of a cell; remove the line"
            ) from None
        known[found.module_hash] = found
    return known
