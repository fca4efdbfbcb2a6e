"""Counts attempts at runs that fail, and says which are tried again; for engines without their own.

A failed run goes on from its last checkpoint, so another attempt is no repetition of the first.
"""

from collections import Counter
from collections.abc import Callable

from nasbench_templates.runs import events
from nasbench_templates.runs.events import AttemptFailed, OnEvent, Outcome
from nasbench_templates.runs.task import Task


class Attempts:
    """The failed attempts of one call.

    Args:
        retries: further attempts at each run that fails.
        on_event: told of each failed attempt.
        stop_reason: anything but `None`: nothing is tried again.
    """

    def __init__(self, retries: int, on_event: OnEvent, stop_reason: Callable[[], str | None]):
        self._retries = retries
        self._on_event = on_event
        self._stop_reason = stop_reason
        self._failed: Counter[Task] = Counter()

    def is_retried(self, outcome: Outcome) -> bool:
        """Tells of a failed attempt; returns whether the run is tried again in this call."""
        if outcome.status != events.FAILED:
            return False
        self._failed[outcome.task] += 1
        number = self._failed[outcome.task]
        is_last = number > self._retries or self._stop_reason() is not None
        self._on_event(AttemptFailed(outcome.task, outcome.reason or "", number, is_last))
        return not is_last
