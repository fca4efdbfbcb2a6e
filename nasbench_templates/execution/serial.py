"""Runs one after another in this process."""

from collections import deque
from collections.abc import Iterator, Sequence

from nasbench_templates.execution.attempts import Attempts
from nasbench_templates.runs.events import Outcome
from nasbench_templates.runs.loop import RunLoop
from nasbench_templates.runs.task import Task


class SerialEngine:
    """Carries out runs in their order; those that are tried again at the end.

    Args:
        loop: which carries out each.
        attempts: says which are tried again.
    """

    def __init__(self, loop: RunLoop, attempts: Attempts):
        self._loop = loop
        self._attempts = attempts

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Yields the outcomes in the order in which the runs end."""
        pending = deque(tasks)
        while pending:
            task = pending.popleft()
            outcome = self._loop.carry_out(task)
            if self._attempts.is_retried(outcome):
                pending.append(task)
            else:
                yield outcome
