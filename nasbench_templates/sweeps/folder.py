"""The folder of a sweep: a specification in each run's folder, and how far the runs are.

runs/LABEL-HASH/spec.json   what is run, so that any process can carry it out
requests/HASH.json          what was asked for, one file for each different request
table.csv, table.parquet    of `table.write`
"""

import hashlib
import json
import pathlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_templates.runs import folders, stored
from nasbench_templates.runs.folders import RunFolder
from nasbench_templates.runs.loop import RunLoop
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.sweeps.planning import PlannedRun

RUNNING, WAITING = "running", "waiting"
SPEC = "spec.json"


@dataclass(frozen=True, slots=True)
class RunState:
    """How far one run is.

    Attributes:
        path: its folder.
        status: `finished`, `failed`, `interrupted`, `running` or `waiting`.
        planned: what `PlannedRun.to_json` said.
        dataset: name.
        template: name.
        seed: of the run.
        epochs: planned.
        epochs_done: complete.
        result: content of `result.json`, where there is one.
        spec: of the run, as `RunSpec.to_json` gives it.
    """

    path: pathlib.Path
    status: str
    planned: Mapping[str, Any]
    dataset: str
    template: str
    seed: int
    epochs: int
    epochs_done: int
    result: Mapping[str, Any]
    spec: Mapping[str, Any]


def write_request(root: pathlib.Path, content: Mapping[str, Any]) -> None:
    """Keeps what was asked for; the same request is the same file.

    Raises:
        OSError: the folder cannot be written to.
    """
    text = json.dumps(content, sort_keys=True, default=str)
    folder = root / "requests"
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    files.write_json(folder / f"{name}.json", json.loads(text))


def write_specs(runs: Iterable[PlannedRun], loop: RunLoop) -> None:
    """Writes the specification of each run into its folder, unless it is there.

    Args:
        runs: which.
        loop: knows the runs' folders.

    Raises:
        DataError: a data set is not whole or damaged.
        OSError: a folder cannot be written to.
    """
    for run in runs:
        folder = loop.folder(run.task).path
        path = folder / SPEC
        if path.is_file():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        files.write_json(path, {"planned": run.to_json(), "spec": run.task.spec.to_json()})


def states(root: pathlib.Path) -> tuple[RunState, ...]:
    """Returns how far the runs of a sweep are, whoever works at them.

    Raises:
        ConfigError: the folder holds no sweep.
    """
    paths = sorted(root.glob(f"runs/*/{SPEC}"))
    if not paths:
        raise ConfigError(f"{root}: expected the folder of a sweep, found no runs/*/{SPEC} in it")
    found = ((path, files.read_json(path)) for path in paths)
    return tuple(_state(path.parent, content) for path, content in found if content is not None)


def _state(path: pathlib.Path, content: Mapping[str, Any]) -> RunState:
    spec, planned = content["spec"], content["planned"]
    folder = RunFolder(path, {})
    result = files.read_json(path / folders.RESULT) or {}
    if stored.result_fault(result) is not None:
        result = {}
    status = str(result.get("status", WAITING))
    if status != folders.FINISHED and (path / folders.LOCK).exists() and folder.is_held():
        status = RUNNING
    return RunState(
        path=path,
        status=status,
        planned=planned,
        dataset=spec["data"]["name"],
        template=spec["design"]["template"],
        seed=spec["seed"],
        epochs=spec["training"]["epochs"],
        epochs_done=len(folder.read_epochs()),
        result=result,
        spec=spec,
    )


def left(runs: Iterable[PlannedRun], known: Iterable[RunState]) -> list[PlannedRun]:
    """Returns the runs that no finished folder of a sweep is of.

    Args:
        runs: that are planned.
        known: states of the folders.
    """
    finished = {_key(each.spec) for each in known if each.status == folders.FINISHED}
    return [run for run in runs if _key(run.task.spec.to_json()) not in finished]


def _key(spec: Mapping[str, Any]) -> str:
    # The same widths are the same run, whatever budget they were matched to.
    design = {name: value for name, value in spec["design"].items() if name != "matching"}
    return json.dumps({**spec, "design": design}, sort_keys=True)
