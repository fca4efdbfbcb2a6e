"""What carries out many runs, and what all ways of doing so have in common.

    outcomes = engine.carry_out(tasks, Context(), workers=2, on_event=show)

An engine trains; it is asked only for runs that are not finished, and may be asked several times.
What is timed is measured one run at a time: right after each training where runs follow each other,
else when all training is over. A run that another process holds is waited for at the end.
"""

import dataclasses
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from nasbench_templates.execution import processes, serial
from nasbench_templates.execution.attempts import Attempts
from nasbench_templates.runs import events
from nasbench_templates.runs.context import Context
from nasbench_templates.runs.events import Ended, OnEvent, Outcome
from nasbench_templates.runs.loop import RunLoop, StopReason
from nasbench_templates.runs.task import Task

# Between two looks at a run that another process holds.
_LOOK_INTERVAL_S = 0.5


class Engine(Protocol):
    """Carries out runs; another way of distributing them is another engine."""

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Yields one outcome for each task, in the order in which they end.

        Raises:
            DataError: a data set is not whole or damaged.
            ConfigError: something that no run of this task can be carried out with.
            OSError: a folder cannot be written to.
        """


# Another engine than this module's own choice, from what all runs share.
MakeEngine = Callable[[Context, OnEvent, StopReason], Engine]


def carry_out(
    tasks: Sequence[Task],
    context: Context | None = None,
    *,
    workers: int = 1,
    on_event: OnEvent = events.ignore,
    stop_reason: StopReason = lambda: None,
    make_engine: MakeEngine | None = None,
) -> tuple[Outcome, ...]:
    """Returns the outcomes of runs in their order; those after a stop are skipped.

    Args:
        tasks: what to carry out; every data set is looked at before the first run trains.
        context: what they share.
        workers: processes that train at the same time; 1 trains in this one.
        on_event: told of everything that happens.
        stop_reason: anything but `None` saves and ends all runs.
        make_engine: makes what shares out the runs; `None`: by the number of workers.

    Raises:
        DataError: a data set is not whole or damaged.
        ConfigError: a data set that does not exist, a batch larger than a training split, a backend
            that is not installed, or a folder that holds another run.
        OSError: a folder cannot be written to.
    """
    context = context or Context()
    workers = min(workers, len(tasks))
    is_here = make_engine is None and workers <= 1
    loop = RunLoop(context, on_event, stop_reason, is_measuring=is_here)
    found = _look(loop, tasks, on_event)
    missing = [task for task in tasks if task not in found]
    if missing:
        made: Engine
        tell = functools.partial(_tell, loop, on_event)
        if make_engine is not None:
            on_event(events.SharedOut(workers))
            made = make_engine(context, tell, stop_reason)
        elif is_here:
            attempts = Attempts(context.limits.retries, tell, stop_reason)
            made = serial.SerialEngine(loop, attempts)
        else:
            on_event(events.SharedOut(workers))
            made = processes.ProcessEngine(context, workers, tell, stop_reason)
        _run(loop, made, missing, found, on_event)
        _wait_for_held(loop, made, found, on_event, stop_reason)
    _measure(loop, found, on_event, stop_reason)
    return tuple(found[task] for task in tasks)


def _look(loop: RunLoop, tasks: Sequence[Task], on_event: OnEvent) -> dict[Task, Outcome]:
    # Data sets that are not known yet are read here, the first last: it stays in memory.
    for data in reversed(dict.fromkeys(task.spec.data for task in tasks)):
        loop.check_data(data)
    found = {}
    for task in tasks:
        outcome = loop.look(task)
        if outcome is not None:
            found[task] = outcome
            on_event(Ended(outcome))
    return found


def _tell(loop: RunLoop, on_event: OnEvent, event: events.Event) -> None:
    """Hands an event on; failed attempts are noted in their folders first."""
    if isinstance(event, events.AttemptFailed):
        loop.record_failure(event.task, event.reason)
    on_event(event)


def _run(
    loop: RunLoop,
    made: Engine,
    tasks: Sequence[Task],
    found: dict[Task, Outcome],
    on_event: OnEvent,
) -> None:
    for outcome in made.run(tasks):
        if outcome.status == events.FAILED:
            # A process may die after its run was finished.
            outcome = loop.look(outcome.task) or outcome
        found[outcome.task] = outcome
        if outcome.status != events.HELD:
            on_event(Ended(outcome))


def _wait_for_held(
    loop: RunLoop,
    made: Engine,
    found: dict[Task, Outcome],
    on_event: OnEvent,
    stop_reason: Callable[[], str | None],
) -> None:
    """Collects what other processes train meanwhile; what they leave unfinished goes on here."""
    held = [task for task, outcome in found.items() if outcome.status == events.HELD]
    for task in held:
        on_event(events.Waiting(task, found[task].reason or ""))
    while held and stop_reason() is None:
        free = [task for task in held if not loop.is_held(task)]
        left = []
        for task in free:
            outcome = loop.look(task)
            if outcome is None:
                left.append(task)
            else:
                found[task] = outcome
                on_event(Ended(outcome))
        if left:
            _run(loop, made, left, found, on_event)
        held = [task for task in held if found[task].status == events.HELD]
        if held:
            time.sleep(_LOOK_INTERVAL_S)
    for task in held:
        on_event(Ended(found[task]))


def _measure(
    loop: RunLoop,
    found: dict[Task, Outcome],
    on_event: OnEvent,
    stop_reason: Callable[[], str | None],
) -> None:
    for task, outcome in found.items():
        is_open = outcome.is_finished and loop.is_unmeasured(outcome)
        while is_open and (reason := stop_reason()) is None:
            measured = loop.measure(task)
            is_open = measured.status == events.HELD
            if is_open:
                time.sleep(_LOOK_INTERVAL_S)
            else:
                found[task] = measured
                if not measured.is_finished:
                    on_event(Ended(measured))
        if is_open:
            # Its accuracies stand; the call says that something is left to do.
            status = events.INTERRUPTED
            on_event(Ended(dataclasses.replace(outcome, status=status, reason=reason)))
