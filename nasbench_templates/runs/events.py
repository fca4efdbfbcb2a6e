"""What happens while runs are carried out: one stream that feeds progress, logs and callers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_templates.runs import stored
from nasbench_templates.runs.task import Task
from nasbench_templates.training.metrics import EpochMetrics

FINISHED, INTERRUPTED, FAILED = stored.STATUSES
# Another process trains it; it is waited for when the other runs are done.
HELD = "held"
# Saved after the epoch that its task asks for; nothing is left to do for that task.
PAUSED = "paused"
# Not begun, because the runs were stopped.
SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one run.

    Attributes:
        task: which.
        status: `FINISHED`, `PAUSED`, `FAILED`, `INTERRUPTED`, `HELD` or `SKIPPED`.
        folder: where it is kept; `None` where that is not known yet.
        result: the content of its `result.json`; `None` unless it finished, paused or was
            interrupted.
        reason: why it did not finish.
        is_known: whether it had finished, or reached the epoch asked for, before.
    """

    task: Task
    status: str
    folder: str | None = None
    result: Mapping[str, Any] | None = None
    reason: str | None = None
    is_known: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether there is a whole result."""
        return self.status == FINISHED


@dataclass(frozen=True, slots=True)
class Preparing:
    """Data are about to be read and the network built, which takes seconds.

    Attributes:
        task: of which run.
    """

    task: Task


@dataclass(frozen=True, slots=True)
class Started:
    """A run begins or goes on.

    Attributes:
        task: which.
        folder: where it is kept.
        epochs_done: complete epochs of earlier attempts.
        steps_done: steps since then.
        steps_per_epoch: of the run.
        device: what computes.
    """

    task: Task
    folder: str
    epochs_done: int
    steps_done: int
    steps_per_epoch: int
    device: str


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step was made.

    Attributes:
        task: of which run.
        epoch: from 1.
        step: steps of the epoch so far.
    """

    task: Task
    epoch: int
    step: int


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """An epoch is complete.

    Attributes:
        task: of which run.
        metrics: its figures.
    """

    task: Task
    metrics: EpochMetrics


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that another process holds is waited for.

    Attributes:
        task: which.
        reason: who holds it.
    """

    task: Task
    reason: str


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """An attempt at a run failed.

    Attributes:
        task: which.
        reason: why.
        attempt: its number in this call, from 1.
        is_last: whether the run is not tried again.
    """

    task: Task
    reason: str
    attempt: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class SharedOut:
    """Runs are about to be shared out among processes.

    Attributes:
        workers: how many.
    """

    workers: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A run is over, for now or for good.

    Attributes:
        outcome: what became of it.
    """

    outcome: Outcome


Event = Preparing | Started | Stepped | EpochEnded | Waiting | AttemptFailed | SharedOut | Ended
OnEvent = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Does nothing about an event."""
