"""Queries of NAS-Bench-101 with the original's names and behaviour.

    from nasbench import api

    nasbench = api.NASBench("nasbench_only108.tfrecord")
    cell = api.ModelSpec(
        matrix=[[0, 1, 0], [0, 0, 1], [0, 0, 0]], ops=["input", "maxpool3x3", "output"]
    )
    nasbench.query(cell)["validation_accuracy"]

A TFRecord file is converted once, into a folder beside it, and opens at once from then on.

Source: docs/nasbench101.md, section 12.
"""

import json
import os
from collections.abc import KeysView

import numpy as np

from nasbench import cell_statistics
from nasbench.lib import config as config_lib
from nasbench.lib import evaluate as evaluate_lib
from nasbench.lib.model_spec import ModelSpec
from nasbench.statistics_view import Statistics
from nasbench_templates.benchmark_records import conversion, record108
from nasbench_templates.benchmark_records.query_session import QuerySession

__all__ = ["ModelSpec", "NASBench", "OutOfDomainError"]


class OutOfDomainError(Exception):
    """A cell or a budget lies outside the benchmark."""


class NASBench:
    """The records of a file, and what the queries so far would have cost.

    It can be copied and sent to other processes, which open the records by their place.

    Args:
        dataset_file: a TFRecord file of the benchmark, a folder made by `import_records`, or any
            other source of records that nasbench_templates reads.
        seed: of the choice of repeats. The global generator is neither seeded nor used; the
            sequence is that of `random.Random(seed)`, which the original's global one had too.

    Attributes:
        config: the benchmark's configuration, a dictionary of its own.
        fixed_statistics: graph and parameter count by hash; yours to edit, the records stay.
        computed_statistics: runs by hash, budget and repeat; likewise.
        valid_epochs: the budgets in the file.
        history: empty, kept for programs that look at it.
        total_epochs_spent: epochs that the queries so far would have trained; may be set.
    """

    def __init__(self, dataset_file: str | os.PathLike, seed: int | None = None):
        self.config = config_lib.build_config()
        self.dataset_file = dataset_file
        self._store = conversion.open_records(dataset_file, say=print, shows_progress=True)
        self._session = QuerySession(self._store, seed)
        self.fixed_statistics = Statistics(self._store, cell_statistics.fixed)
        self.computed_statistics = Statistics(self._store, cell_statistics.computed)
        self.valid_epochs = set(self._store.budgets)
        self.history: dict = {}
        self.reset_budget_counters()

    @property
    def training_time_spent(self) -> float:
        """Seconds that the queries so far would have trained; may be set.

        Raises:
            ValueError: the file has no training times, so a search that waits for this clock would
                never end.
        """
        if self._has_untimed_queries:
            raise ValueError(
                f"expected training times in {self._store.name} to count what queries would have "
                "taken, it has none for some that were asked; limit the search by "
                "total_epochs_spent or by the number of queries, or use the published table"
            )
        return self._training_time_spent

    @training_time_spent.setter
    def training_time_spent(self, seconds: float) -> None:
        self._training_time_spent = seconds
        self._has_untimed_queries = False

    def query(
        self, model_spec: ModelSpec, epochs: int = 108, stop_halfway: bool = False
    ) -> dict[str, object]:
        """Returns the metrics of one repeat, drawn at random, and counts what they cost.

        Args:
            model_spec: a cell of the benchmark.
            epochs: one of `valid_epochs`.
            stop_halfway: whether to return the metrics at half the budget.

        Raises:
            OutOfDomainError: a budget or a cell outside the benchmark.
            KeyError: a cell of the benchmark that the file does not have.
        """
        if epochs not in self.valid_epochs:
            raise OutOfDomainError(f"invalid number of epochs, must be one of {self.valid_epochs}")
        module_hash = self._checked_hash(model_spec)
        data, point = self._draw(module_hash, epochs)
        stage = "halfway" if stop_halfway else "final"
        data["training_time"] = point[f"{stage}_training_time"]
        data["train_accuracy"] = point[f"{stage}_train_accuracy"]
        data["validation_accuracy"] = point[f"{stage}_validation_accuracy"]
        data["test_accuracy"] = point[f"{stage}_test_accuracy"]
        if data["training_time"] == data["training_time"]:
            self._training_time_spent += data["training_time"]
        else:  # NaN: the file does not know
            self._has_untimed_queries = True
        self.total_epochs_spent += epochs // 2 if stop_halfway else epochs
        return data

    def _draw(self, module_hash: str, epochs: int) -> tuple[dict, dict[str, float]]:
        """Returns what is fixed of a cell, and one of its runs.

        Raises:
            KeyError: there is no such cell, or no run of it in this budget.
        """
        if self.fixed_statistics.is_read(module_hash) or self.computed_statistics.is_read(
            module_hash
        ):
            # The program may have edited them.
            fixed = self.fixed_statistics.fresh(module_hash)
            points = self.computed_statistics.fresh(module_hash)[epochs]
            return fixed, points[self._session.draw(len(points))]
        row = self._store.row_of(module_hash)
        runs = () if row is None else self._store.values_of(row, epochs)
        if not runs:
            raise KeyError(module_hash)
        drawn = runs[self._session.draw(len(runs))]
        return cell_statistics.fixed(self._store, row), cell_statistics.point(drawn)

    def is_valid(self, model_spec: ModelSpec) -> bool:
        """Returns whether a cell lies in the benchmark's space."""
        try:
            self._check_spec(model_spec)
        except OutOfDomainError:
            return False
        return True

    def get_budget_counters(self) -> tuple[float, int]:
        """Returns the seconds and the epochs spent."""
        return self.training_time_spent, self.total_epochs_spent

    def reset_budget_counters(self) -> None:
        """Sets both counters to zero."""
        self.training_time_spent = 0.0
        self.total_epochs_spent = 0

    def evaluate(self, model_spec: ModelSpec, model_dir: str | os.PathLike) -> dict[str, object]:
        """Trains a cell on CIFAR-10, inside the benchmark's space or not; see `lib.evaluate`."""
        return evaluate_lib.train_and_evaluate(model_spec, self.config, model_dir)

    def hash_iterator(self) -> KeysView[str]:
        """Returns the hashes of all cells, to iterate over."""
        return self.fixed_statistics.keys()

    def get_metrics_from_hash(self, module_hash: str) -> tuple[dict, dict]:
        """Returns copies of what is fixed of a cell and of all of its runs by budget.

        Raises:
            KeyError: the file has no such cell.
        """
        fixed, computed = self.fixed_statistics, self.computed_statistics
        if fixed.is_read(module_hash) or computed.is_read(module_hash):
            return fixed.fresh(module_hash), computed.fresh(module_hash)
        row = self._store.row_of(module_hash) if record108.is_hash(module_hash) else None
        if row is None:
            raise KeyError(module_hash)
        return cell_statistics.fixed(self._store, row), cell_statistics.computed(self._store, row)

    def get_metrics_from_spec(self, model_spec: ModelSpec) -> tuple[dict, dict]:
        """Returns what is fixed of a cell and all of its runs by budget.

        Raises:
            OutOfDomainError: a cell outside the benchmark.
            KeyError: the file has no such cell.
        """
        return self.get_metrics_from_hash(self._checked_hash(model_spec))

    def _checked_hash(self, model_spec: ModelSpec) -> str:
        self._check_spec(model_spec)
        return self._hash_spec(model_spec)

    def _hash_spec(self, model_spec: ModelSpec) -> str:
        """Returns the module hash of a cell; programs of the original's users call this."""
        return model_spec.hash_spec(self.config["available_ops"])

    def _check_spec(self, model_spec: ModelSpec) -> None:
        """Raises `OutOfDomainError` for a cell outside the benchmark's space."""
        if not model_spec.valid_spec:
            raise OutOfDomainError("invalid spec, provided graph is disconnected.")
        ops, available = model_spec.ops, self.config["available_ops"]
        most_vertices, most_edges = self.config["module_vertices"], self.config["max_edges"]
        if len(ops) > most_vertices:
            raise OutOfDomainError(
                f"too many vertices, got {len(ops)} (max vertices = {most_vertices})"
            )
        num_edges = _num_edges(model_spec)
        if num_edges > most_edges:
            raise OutOfDomainError(f"too many edges, got {num_edges} (max edges = {most_edges})")
        if ops[0] != "input":
            raise OutOfDomainError("first operation should be 'input'")
        if ops[-1] != "output":
            raise OutOfDomainError("last operation should be 'output'")
        for op in ops[1:-1]:
            if op not in available:
                raise OutOfDomainError(f"unsupported op {op} (available ops = {available})")


def _num_edges(model_spec: ModelSpec) -> int:
    # The original's specifications, and what is like them, have a matrix only.
    known = getattr(model_spec, "num_edges", None)
    return int(np.sum(model_spec.matrix)) if known is None else known


class _NumpyEncoder(json.JSONEncoder):
    """Writes arrays and numbers of NumPy as JSON; programs of the original's users import this."""

    def default(self, o: object) -> object:
        """Returns what JSON can hold."""
        if isinstance(o, np.ndarray):
            return o.tolist()
        return o.item() if isinstance(o, np.generic) else super().default(o)
