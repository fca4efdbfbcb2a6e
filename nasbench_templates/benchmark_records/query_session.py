"""Queries with a budget: what a search algorithm asks for, and what that would have cost.

Each session has its own generator and its own counters, so that several searches in one process do
not disturb each other.
"""

import random
from typing import Literal, NamedTuple

from nasbench_templates.benchmark_records.asked_cells import AskedCell, module_hash_of
from nasbench_templates.benchmark_records.cell_record import CellRecord, Run, mean_run
from nasbench_templates.benchmark_records.record108 import EPOCHS, Matrix
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.support.errors import RecordError


class QueryResult(NamedTuple):
    """The answer to one query.

    Attributes:
        matrix: adjacency of the stored graph.
        operations: labels of its vertices.
        trainable_parameters: of its network.
        training_time: seconds of training.
        train_accuracy: fraction in [0, 1].
        validation_accuracy: likewise.
        test_accuracy: likewise. What the source lacks is `None`.
    """

    matrix: Matrix | None
    operations: tuple[str, ...] | None
    trainable_parameters: int | None
    training_time: float | None
    train_accuracy: float | None
    validation_accuracy: float | None
    test_accuracy: float | None


class QuerySession:
    """A handle on a store with a seeded choice of repeats and budget counters.

    Args:
        store: an open store; sessions may share one.
        seed: of the choice of repeats; `None` for another choice every time.
    """

    def __init__(self, store: RecordStore, seed: int | None = None):
        self.store = store
        self._random = random.Random(seed)
        self.reset_budget_counters()

    def reset_budget_counters(self) -> None:
        """Sets both counters to zero."""
        self.training_time_spent = 0.0
        self.total_epochs_spent = 0

    def query(
        self,
        cell: AskedCell,
        epochs: int = EPOCHS,
        *,
        stop_halfway: bool = False,
        repeat: int | Literal["random", "mean"] = "random",
    ) -> QueryResult:
        """Returns the metrics of one run, or the mean of all, and counts what it costs.

        Args:
            cell: a graph or a module hash.
            epochs: the budget.
            stop_halfway: whether to return the metrics at half the budget.
            repeat: position of the run, `"random"` for one drawn with the session's generator as
                `randint(0, repeats - 1)`, or `"mean"`.

        Raises:
            RecordError: a cell, budget or repeat that the store does not have.
            SpecError: a malformed graph.
        """
        record = self.store.find(cell)
        if record is None:
            raise RecordError(
                f"expected a cell of {self.store.name}, received {module_hash_of(cell)}"
            )
        run = self._run(record, epochs, repeat)
        metrics = run[:4] if stop_halfway else run[4:]
        self.training_time_spent += metrics[0] or 0.0
        self.total_epochs_spent += epochs // 2 if stop_halfway else epochs
        return QueryResult(record.matrix, record.operations, record.trainable_parameters, *metrics)

    def draw(self, num_repeats: int) -> int:
        """Returns the position of a repeat, drawn as the original draws it."""
        return self._random.randint(0, num_repeats - 1)

    def _run(self, record: CellRecord, epochs: int, repeat: int | Literal["random", "mean"]) -> Run:
        runs = record.runs.get(epochs, ())
        if not runs:
            raise RecordError(
                f"{record.module_hash}: expected a budget among "
                f"{', '.join(map(str, record.runs))} epochs, received {epochs}"
            )
        if repeat == "mean":
            return mean_run(runs)
        if repeat == "random":
            repeat = self.draw(len(runs))
        if not isinstance(repeat, int) or not 0 <= repeat < len(runs):
            raise RecordError(
                f"{record.module_hash}: expected a repeat in 0..{len(runs) - 1}, mean or random, "
                f"received {repeat!r}"
            )
        return runs[repeat]
