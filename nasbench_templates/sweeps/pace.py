"""How long a sweep takes: what counts alone say, set right by runs that are finished.

pace = pace_of(folder.states(root)) or measured(plan.runs)
START_SECONDS + pace.seconds([run.to_json() for run in plan.runs]) / workers
"""

import dataclasses
import pathlib
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nasbench_templates.runs import folders, run_time
from nasbench_templates.runs.context import Context
from nasbench_templates.runs.task import Task
from nasbench_templates.support.errors import TrainingError
from nasbench_templates.sweeps import carrying_out, folder
from nasbench_templates.sweeps.folder import RunState
from nasbench_templates.sweeps.planning import PlannedRun

# Of each worker's process, once: Python, TensorFlow and the data set, on two cores.
START_SECONDS = 10.0
# Of the short measurement: long enough that the first steps do not decide it.
_BATCHES, _EPOCHS = 8, 2


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast runs are.

    Attributes:
        factor: seconds of training by those that counts say.
        fixed_seconds: of each run besides: tracing, evaluation, saving.
        num_runs: that it was taken from; 0: the constants of two cores.
    """

    factor: float = 1.0
    fixed_seconds: float = run_time.FIXED_SECONDS
    num_runs: int = 0

    def seconds(self, runs: Sequence[Mapping[str, Any]]) -> float:
        """Returns about how long runs take one after another.

        Args:
            runs: of each what `PlannedRun.to_json` says.
        """
        training = sum(run["training_seconds"] for run in runs)
        return self.factor * training + self.fixed_seconds * len(runs)


def pace_of(states: Sequence[RunState]) -> Pace | None:
    """Returns how fast finished runs were; `None` where none tells."""
    known = [
        each
        for each in states
        if each.status == folders.FINISHED and each.planned["training_seconds"] > 0
    ]
    if not known:
        return None
    expected = sum(each.planned["training_seconds"] for each in known)
    trained = sum(each.result["train_seconds"] for each in known)
    fixed = statistics.median(map(_fixed_seconds, known))
    return Pace(trained / expected, fixed, len(known))


def _fixed_seconds(state: RunState) -> float:
    # The configuration is written when a run begins, the result when it ends; a resumed one tells
    # of its last attempt only.
    begin, end = ((state.path / name).stat().st_mtime for name in (folders.CONFIG, folders.RESULT))
    return max(0.0, end - begin - state.result["train_seconds"])


def measured(runs: Sequence[PlannedRun], context: Context | None = None) -> Pace:
    """Returns how fast two short runs are that end with the one of median length.

    They train on a few batches in a folder that is removed, one after another in one process with
    as many threads as a worker has.

    Args:
        runs: at least one.
        context: how they are carried out.

    Raises:
        TrainingError: a short run failed.
        DataError: the data set is not whole or damaged.
    """
    by_length = sorted(runs, key=lambda run: run.training_seconds)
    chosen = by_length[len(by_length) // 2]
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        # The first also waits for libraries that its process loads.
        short = [_short(chosen, root, seed) for seed in range(2)]
        outcomes = carrying_out.carry_out(short, root, context)
        if not outcomes[1].is_finished:
            raise TrainingError(f"short measurement: {outcomes[1].reason}")
        second = [each for each in folder.states(root) if str(each.path) == outcomes[1].folder]
        return pace_of(second) or Pace()


def _short(run: PlannedRun, root: pathlib.Path, seed: int) -> PlannedRun:
    spec = run.task.spec
    num_train = _BATCHES * spec.config.batch_size
    if run.num_train is not None:
        num_train = min(run.num_train, num_train)
    config = dataclasses.replace(
        spec.config, epochs=_EPOCHS, schedule="constant", step_epochs=(), warmup_epochs=0.0
    )
    data = dataclasses.replace(spec.data, train_images=num_train)
    short = dataclasses.replace(spec, config=config, data=data, seed=seed, measure=())
    task = Task(short, root / "runs", "short")
    return dataclasses.replace(run, task=task, num_train=num_train)
