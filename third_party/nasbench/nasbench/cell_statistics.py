"""A cell's records in the form of the original's dictionaries; absent metrics are NaN."""

import functools
from collections.abc import Sequence

import numpy as np

from nasbench_templates.benchmark_records.store import RecordStore


def fixed(store: RecordStore, row: int) -> dict[str, object]:
    """Returns graph and parameter count of the cell at a position; unknown ones are `None`."""
    matrix, operations, parameters = store.description_of(row)
    return {
        "module_adjacency": None if matrix is None else _array(matrix).copy(),
        "module_operations": None if operations is None else list(operations),
        "trainable_parameters": parameters,
    }


def computed(store: RecordStore, row: int) -> dict[int, list[dict[str, float]]]:
    """Returns all runs of the cell at a position, by budget."""
    return {
        epochs: [point(values) for values in runs]
        for epochs, runs in store.all_values_of(row)
        if runs
    }


def point(values: Sequence[float]) -> dict[str, float]:
    """Returns a run's metrics, in the order of `cell_record.METRICS`, by their names.

    They are written out because that takes a third of the time of `dict(zip(...))`, and passes
    over all cells make three for each of them.
    """
    half_time, half_train, half_validation, half_test, time, train, validation, test = values
    return {
        "halfway_training_time": half_time,
        "halfway_train_accuracy": half_train,
        "halfway_validation_accuracy": half_validation,
        "halfway_test_accuracy": half_test,
        "final_training_time": time,
        "final_train_accuracy": train,
        "final_validation_accuracy": validation,
        "final_test_accuracy": test,
    }


@functools.lru_cache(maxsize=65536)  # few distinct matrices are shared by many cells
def _array(matrix: tuple[tuple[int, ...], ...]) -> np.ndarray:
    return np.array(matrix, np.int8)
