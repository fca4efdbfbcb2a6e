"""Carries out the runs of a sweep; several commands may do so at once, also on several machines."""

import dataclasses
import pathlib
from collections.abc import Callable, Sequence

from nasbench_templates.execution import engine, processes
from nasbench_templates.execution.engine import Engine, MakeEngine
from nasbench_templates.runs import events
from nasbench_templates.runs.context import Context
from nasbench_templates.runs.events import OnEvent, Outcome
from nasbench_templates.runs.loop import RunLoop, StopReason
from nasbench_templates.support import files
from nasbench_templates.sweeps import folder
from nasbench_templates.sweeps.planning import PlannedRun


def carry_out(
    runs: Sequence[PlannedRun],
    root: pathlib.Path,
    context: Context | None = None,
    *,
    workers: int = 1,
    on_event: OnEvent = events.ignore,
    stop_reason: Callable[[], str | None] = lambda: None,
    make_engine: MakeEngine | None = None,
) -> tuple[Outcome, ...]:
    """Returns what became of each run, in their order.

    Nothing trains in this process: a run can then be ended, and leaves no memory behind. A run that
    another command trains is waited for, and goes on here if that command leaves it.

    Args:
        runs: of a plan, or a shard of it.
        root: the sweep's folder.
        context: what the runs share.
        workers: processes that train at the same time, at least 1.
        on_event: told of everything that happens.
        stop_reason: anything but `None` saves and ends all runs.
        make_engine: makes what shares out the runs; `None`: processes of this machine.

    Raises:
        DataError: a data set is not whole or damaged.
        ConfigError: a data set that does not exist, or a backend that is not installed.
        OSError: the sweep's folder cannot be written to.
    """
    context = dataclasses.replace(context or Context(), is_failure_contained=True)
    files.check_writable(root)
    folder.write_specs(runs, RunLoop(context))

    def in_processes(shared: Context, tell: OnEvent, stop: StopReason) -> Engine:
        return processes.ProcessEngine(shared, workers, tell, stop)

    return engine.carry_out(
        [run.task for run in runs],
        context,
        workers=workers,
        on_event=on_event,
        stop_reason=stop_reason,
        make_engine=make_engine or in_processes,
    )
