"""Everything that a source holds of one cell: its graph and every training run of every budget.

`Record` is the short form of it: the values at the end of 108 epochs.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.benchmark_records.record108 import Matrix, Record
from nasbench_templates.support.errors import RecordError


class Run(NamedTuple):
    """One training run: what was measured half-way and at the end of its budget.

    Times are seconds of training up to that point, accuracies fractions in [0, 1]; `None` where the
    source has no value. Names and order are those of the original query API.
    """

    halfway_training_time: float | None = None
    halfway_train_accuracy: float | None = None
    halfway_validation_accuracy: float | None = None
    halfway_test_accuracy: float | None = None
    final_training_time: float | None = None
    final_train_accuracy: float | None = None
    final_validation_accuracy: float | None = None
    final_test_accuracy: float | None = None


METRICS = Run._fields


class CellRecord(NamedTuple):
    """What is known of one cell.

    Attributes:
        module_hash: 32 lower-case hexadecimal digits.
        runs: training runs by budget in epochs, in the order of the source.
        trainable_parameters: of the stored graph's network; `None` if unknown.
        matrix: adjacency of the stored graph, upper triangular, 0 and 1; `None` if unknown.
        operations: labels of its vertices; `None` if unknown.
    """

    module_hash: str
    runs: Mapping[int, tuple[Run, ...]]
    trainable_parameters: int | None = None
    matrix: Matrix | None = None
    operations: tuple[str, ...] | None = None

    def summary(self, source: str) -> Record:
        """Returns the values at the end of 108 epochs.

        Args:
            source: name of the file that they come from.

        Raises:
            RecordError: a value is malformed or outside its range.
        """
        runs = self.runs.get(record_lib.EPOCHS, ())
        return Record(
            module_hash=self.module_hash,
            source=source,
            validation_accuracy=present(run.final_validation_accuracy for run in runs),
            test_accuracy=present(run.final_test_accuracy for run in runs),
            training_time=present(run.final_training_time for run in runs),
            trainable_parameters=self.trainable_parameters,
            matrix=self.matrix,
            operations=self.operations,
        )

    def to_json(self) -> dict[str, object]:
        """Returns the machine-readable form; a value that the source lacks is `None`."""
        return {
            "module_hash": self.module_hash,
            "module_adjacency": None if self.matrix is None else [list(row) for row in self.matrix],
            "module_operations": None if self.operations is None else list(self.operations),
            "trainable_parameters": self.trainable_parameters,
            "epochs": {
                str(epochs): [run._asdict() for run in runs] for epochs, runs in self.runs.items()
            },
        }


class Located(NamedTuple):
    """A record and where its source has it, for messages: `line 3`."""

    where: str
    cell: CellRecord


# What all records of one cell have in common.
_ALIKE = CellRecord._fields[2:]


def present(values: Iterable[float | None]) -> tuple[float, ...]:
    """Returns the values that are there."""
    return tuple(value for value in values if value is not None)


def mean_run(runs: Sequence[Run]) -> Run:
    """Returns the mean of each metric over the runs that have it.

    Example:
        >>> mean_run([Run(final_test_accuracy=0.5), Run(final_test_accuracy=0.75)])[-2:]
        (None, 0.625)
    """
    columns = (present(column) for column in zip(*runs, strict=True))
    return Run(*(math.fsum(column) / len(column) if column else None for column in columns))


def combine(cells: Sequence[CellRecord], sources: Sequence[object] = ()) -> CellRecord:
    """Returns one record with all runs of records of one cell, at least one, in their order.

    Args:
        cells: the records.
        sources: where each is from, for messages; none: it is not told.

    Raises:
        RecordError: they disagree on the hash, the graph or the parameter count.
    """
    combined = cells[0]
    for number, cell in enumerate(cells[1:], 1):
        if cell.module_hash != combined.module_hash:
            raise RecordError(
                f"expected records of one cell, received {combined.module_hash} and "
                f"{cell.module_hash}"
            )
        for field, first, second in zip(_ALIKE, combined[2:], cell[2:], strict=True):
            # What one of them does not know is no contradiction.
            if None not in (first, second) and first != second:
                earlier = next(
                    place for place, each in enumerate(cells) if getattr(each, field) == first
                )
                places = (sources[earlier], sources[number]) if sources else None
                raise RecordError(_disagreement(cell.module_hash, field, first, second, places))
        described: dict[str, Any] = {
            field: second if first is None else first
            for field, first, second in zip(_ALIKE, combined[2:], cell[2:], strict=True)
        }
        runs = {
            epochs: combined.runs.get(epochs, ()) + cell.runs.get(epochs, ())
            for epochs in sorted({*combined.runs, *cell.runs})
        }
        combined = combined._replace(runs=runs, **described)
    return combined


def _disagreement(
    module_hash: str,
    field: str,
    first: object,
    second: object,
    places: tuple[object, object] | None,
) -> str:
    one, other = ("", "") if places is None else (f" in {places[0]}", f" in {places[1]}")
    if field != "trainable_parameters":
        return f"{module_hash}: expected one graph of a cell, received one{one} and another{other}"
    return (
        f"{module_hash}: expected one parameter count, received {first}{one} and {second}{other}: "
        "the networks around the cell differ, so choose results of one"
    )


def check(cell: CellRecord) -> CellRecord:
    """Returns a record if all of its values are possible.

    Raises:
        RecordError: a value is malformed or outside its range.
    """
    record_lib.check_hash(cell.module_hash)
    record_lib.check_description(cell.trainable_parameters, cell.matrix, cell.operations)
    for epochs, runs in cell.runs.items():
        if epochs < 1:
            raise RecordError(f"expected a budget of at least 1 epoch, received {epochs}")
        for run in runs:
            for name, value in zip(METRICS, run, strict=True):
                if value is not None:
                    record_lib.check_metric(name, value)
    return cell
