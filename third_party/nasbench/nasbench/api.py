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

import os
from collections.abc import Callable, Iterator, KeysView, Mapping

import numpy as np

from nasbench.lib import config as config_lib
from nasbench.lib import evaluate as evaluate_lib
from nasbench.lib.model_spec import ModelSpec
from nasbench_templates.benchmark_records import conversion
from nasbench_templates.benchmark_records.cell_record import CellRecord
from nasbench_templates.benchmark_records.query_session import QueryResult, QuerySession
from nasbench_templates.benchmark_records.store import RecordStore

__all__ = ["ModelSpec", "NASBench", "OutOfDomainError"]


class OutOfDomainError(Exception):
    """A cell or a budget lies outside the benchmark."""


class NASBench:
    """The records of a file, and what the queries so far would have cost.

    Args:
        dataset_file: a TFRecord file of the benchmark, a folder made by `import_records`, or any
            other source of records that nasbench_templates reads.
        seed: of the choice of repeats. The global generator is neither seeded nor used; the
            sequence is that of `random.Random(seed)`, which the original's global one had too.

    Attributes:
        config: the benchmark's configuration, a dictionary of its own.
        fixed_statistics: graph and parameter count by hash; a read-only mapping.
        computed_statistics: runs by hash, budget and repeat; a read-only mapping.
        valid_epochs: the budgets in the file.
        history: empty, kept for programs that look at it.
    """

    def __init__(self, dataset_file: str | os.PathLike, seed: int | None = None):
        self.config = config_lib.build_config()
        self.dataset_file = dataset_file
        self._store = conversion.open_records(dataset_file)
        self._session = QuerySession(self._store, seed)
        self.fixed_statistics: Mapping[str, dict] = _Statistics(self._store, _fixed)
        self.computed_statistics: Mapping[str, dict] = _Statistics(self._store, _computed)
        self.valid_epochs = set(self._store.budgets)
        self.history: dict = {}

    @property
    def training_time_spent(self) -> float:
        """Seconds that the queries so far would have trained."""
        return self._session.training_time_spent

    @property
    def total_epochs_spent(self) -> int:
        """Epochs that the queries so far would have trained."""
        return self._session.total_epochs_spent

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
        try:
            result = self._session.query(module_hash, epochs, stop_halfway=stop_halfway)
        except LookupError as error:
            raise KeyError(f"{module_hash}: {error}") from None
        return {
            **_fixed(result),
            "training_time": _number(result.training_time),
            "train_accuracy": _number(result.train_accuracy),
            "validation_accuracy": _number(result.validation_accuracy),
            "test_accuracy": _number(result.test_accuracy),
        }

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
        self._session.reset_budget_counters()

    def evaluate(self, model_spec: ModelSpec, model_dir: str | os.PathLike) -> dict[str, object]:
        """Trains a cell on CIFAR-10, inside the benchmark's space or not; see `lib.evaluate`."""
        return evaluate_lib.train_and_evaluate(model_spec, self.config, model_dir)

    def hash_iterator(self) -> KeysView[str]:
        """Returns the hashes of all cells, to iterate over."""
        return self.fixed_statistics.keys()

    def get_metrics_from_hash(self, module_hash: str) -> tuple[dict, dict]:
        """Returns what is fixed of a cell and all of its runs by budget.

        Raises:
            KeyError: the file has no such cell.
        """
        return self.fixed_statistics[module_hash], self.computed_statistics[module_hash]

    def get_metrics_from_spec(self, model_spec: ModelSpec) -> tuple[dict, dict]:
        """Returns what is fixed of a cell and all of its runs by budget.

        Raises:
            OutOfDomainError: a cell outside the benchmark.
            KeyError: the file has no such cell.
        """
        return self.get_metrics_from_hash(self._checked_hash(model_spec))

    def _checked_hash(self, model_spec: ModelSpec) -> str:
        self._check_spec(model_spec)
        return model_spec.hash_spec(self.config["available_ops"])

    def _check_spec(self, model_spec: ModelSpec) -> None:
        """Raises `OutOfDomainError` for a cell outside the benchmark's space."""
        if not model_spec.valid_spec:
            raise OutOfDomainError("invalid spec, provided graph is disconnected.")
        most_vertices, most_edges = self.config["module_vertices"], self.config["max_edges"]
        num_vertices, num_edges = len(model_spec.ops), int(np.sum(model_spec.matrix))
        if num_vertices > most_vertices:
            raise OutOfDomainError(
                f"too many vertices, got {num_vertices} (max vertices = {most_vertices})"
            )
        if num_edges > most_edges:
            raise OutOfDomainError(f"too many edges, got {num_edges} (max edges = {most_edges})")
        for place, name, label in ((0, "first", "input"), (-1, "last", "output")):
            if model_spec.ops[place] != label:
                raise OutOfDomainError(f"{name} operation should be '{label}'")
        available = self.config["available_ops"]
        for op in model_spec.ops[1:-1]:
            if op not in available:
                raise OutOfDomainError(f"unsupported op {op} (available ops = {available})")


class _Statistics(Mapping):
    """One side of the records by hash, read when it is asked for."""

    def __init__(self, store: RecordStore, side: Callable[[CellRecord], dict]):
        self._store = store
        self._side = side

    def __getitem__(self, module_hash: str) -> dict:
        try:
            record = self._store.get(module_hash)
        except LookupError:  # no hash at all
            record = None
        if record is None:
            raise KeyError(module_hash)
        return self._side(record)

    def __contains__(self, module_hash: object) -> bool:
        try:
            return module_hash in self._store
        except LookupError:  # no hash at all
            return False

    def __iter__(self) -> Iterator[str]:
        return self._store.hashes()

    def __len__(self) -> int:
        return len(self._store)


def _fixed(record: CellRecord | QueryResult) -> dict[str, object]:
    return {
        "module_adjacency": np.array(record.matrix, np.int8),
        "module_operations": list(record.operations),
        "trainable_parameters": record.trainable_parameters,
    }


def _computed(record: CellRecord) -> dict[int, list[dict[str, float]]]:
    return {
        epochs: [{name: _number(value) for name, value in run._asdict().items()} for run in runs]
        for epochs, runs in record.runs.items()
    }


def _number(value: float | None) -> float:
    """Returns a metric as the original's users expect it: absent ones are NaN."""
    return float("nan") if value is None else value
