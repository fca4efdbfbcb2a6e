"""Runs one after another in this process."""

from collections.abc import Iterator, Sequence

from nasbench_templates.runs.events import Outcome
from nasbench_templates.runs.loop import RunLoop
from nasbench_templates.runs.task import Task


class SerialEngine:
    """Carries out runs in their order.

    Args:
        loop: which carries out each.
    """

    def __init__(self, loop: RunLoop):
        self._loop = loop

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Yields the outcomes in the order of the tasks."""
        return map(self._loop.carry_out, tasks)
