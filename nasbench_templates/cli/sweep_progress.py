"""How far a sweep is: a live table on a terminal, a line for each run that ends elsewhere."""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from absl import logging

from nasbench_templates.runs import events
from nasbench_templates.runs.events import AttemptFailed, Ended, EpochEnded, Event, Outcome, Started
from nasbench_templates.runs.task import Task
from nasbench_templates.sweeps.planning import PlannedRun

if TYPE_CHECKING:
    import rich.live
    import rich.table

_REFRESHES_PER_SECOND = 2
# Runs that train at the same time and are shown one by one.
_MOST_SHOWN = 16


def duration(seconds: float) -> str:
    """Returns a time as people say it: seconds, minutes or hours.

    Example:
        >>> duration(70), duration(600), duration(100_000)
        ('70 s', '10 min', '27.8 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


class SweepProgress:
    """Shows the events of a sweep.

    Args:
        runs: that this command carries out.
    """

    def __init__(self, runs: Sequence[PlannedRun]):
        self._expected = {run.task: run.training_seconds + 1 for run in runs}
        self._names = {run.task: run.task.label or "" for run in runs}
        self._counts: Counter[str] = Counter()
        self._running: dict[Task, str] = {}
        self._done_here = 0.0
        self._left = sum(self._expected.values())
        self._best: dict[str, tuple[float, str]] = {}
        self._failures: dict[Task, str] = {}
        self._begin = time.monotonic()
        self._live: rich.live.Live | None = None

    def __enter__(self) -> "SweepProgress":
        if sys.stderr.isatty():
            import rich.console
            import rich.live

            self._live = rich.live.Live(
                get_renderable=self._table,
                console=rich.console.Console(stderr=True),
                refresh_per_second=_REFRESHES_PER_SECOND,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, event: Event) -> None:
        """Shows what happened."""
        match event:
            case Started(task=task, epochs_done=epochs):
                self._running[task] = f"{epochs}/{task.spec.config.epochs}"
            case EpochEnded(task=task, metrics=metrics):
                self._running[task] = f"{metrics.epoch}/{task.spec.config.epochs}"
            case AttemptFailed():
                self._failed(event)
            case Ended(outcome):
                self._ended(outcome)

    def _failed(self, event: AttemptFailed) -> None:
        self._running.pop(event.task, None)
        what = "failed" if event.is_last else f"failed (attempt {event.attempt}, tried again)"
        line = f"{self._names[event.task]} {what}: {event.reason}"
        if event.is_last:
            self._failures[event.task] = line
        if self._live is None:
            logging.log(logging.ERROR if event.is_last else logging.WARNING, "%s", line)

    def _ended(self, outcome: Outcome) -> None:
        task = outcome.task
        self._running.pop(task, None)
        self._counts[outcome.status] += 1
        self._left -= self._expected[task]
        if not outcome.is_known and outcome.is_finished:
            self._done_here += self._expected[task]
        if outcome.status == events.FAILED and task not in self._failures:
            self._failures[task] = f"{self._names[task]} failed: {outcome.reason}"
            if self._live is None:
                logging.error("%s", self._failures[task])
        result = outcome.result if outcome.is_finished else None
        if result is not None:
            self._note_best(task, result.get("val_accuracy"))
        if self._live is None and not outcome.is_known:
            self._log(outcome, None if result is None else result.get("val_accuracy"))

    def _note_best(self, task: Task, accuracy: float | None) -> None:
        name = task.spec.data.name
        if accuracy is not None and accuracy > self._best.get(name, (-1.0, ""))[0]:
            self._best[name] = accuracy, self._names[task]

    def _log(self, outcome: Outcome, accuracy: float | None) -> None:
        count = f"run {sum(self._counts.values())} of {len(self._names)}"
        said = outcome.status if accuracy is None else f"validation accuracy {accuracy:.4f}"
        logging.info("%s: %s: %s%s", count, self._names[outcome.task], said, self._time_left())

    def _time_left(self) -> str:
        if not self._done_here or self._left < 1:
            return ""
        seconds = (time.monotonic() - self._begin) * self._left / self._done_here
        return f"; about {duration(seconds)} left"

    def _table(self) -> "rich.table.Table":
        import rich.markup
        import rich.table

        grid = rich.table.Table(show_header=False, box=None)
        finished, failed = self._counts[events.FINISHED], self._counts[events.FAILED]
        total = len(self._names)
        waiting = total - sum(self._counts.values()) - len(self._running)
        grid.add_row(
            "sweep", f"{finished} done, {len(self._running)} running, {failed} failed, "
            f"{waiting} waiting of {total}{self._time_left()}",
        )  # fmt: skip
        for name, (accuracy, label) in self._best.items():
            best = f"{accuracy:.4f} validation accuracy on {name}: {label}"
            grid.add_row("best", rich.markup.escape(best))
        for task, epochs in list(self._running.items())[:_MOST_SHOWN]:
            grid.add_row(epochs, rich.markup.escape(self._names[task]))
        for line in list(self._failures.values())[-3:]:
            grid.add_row("failed", rich.markup.escape(line))
        return grid
