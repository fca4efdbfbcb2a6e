"""Reads EC-NAS-Bench: cells of NAS-Bench-101 that its authors trained anew, for 4 epochs each.

A row is one evaluation of one training: of the cell `module_hash` in the search space `space`, the
`repeat`-th time, after `eval_epoch` epochs. The evaluations of a training follow each other; the
last of them is its result and gives the budget, the one after half as many epochs its half-way
values. Columns that are not named here, for example of energy, are ignored.

Source: P. Bakhtiarifard et al., EC-NAS: Energy Consumption Aware Tabular Benchmarks for Neural
Architecture Search, arXiv 2210.06015.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nasbench_templates.benchmark_records import cell_record, csv_extract
from nasbench_templates.benchmark_records.cell_record import CellRecord, Located, Run
from nasbench_templates.support.errors import RecordError

# The column that no other layout has.
MARK = "eval_epoch"
_TRAINING = ("module_hash", "space", "repeat")
_DESCRIPTION = ("module_adjacency", "module_operations", "trainable_parameters")
_METRICS = ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")
_COLUMNS = (*_TRAINING, *_DESCRIPTION, MARK, *_METRICS)

_Rows = list[tuple[int, Mapping[str, str]]]


def is_layout(first_line: str) -> bool:
    """Returns whether the first line names the columns of this layout."""
    return MARK in csv_extract.columns_of(first_line)


def read(lines: Iterable[str], name: str, module_hash: str | None = None) -> Iterator[Located]:
    """Yields one record per training; a cell may come several times.

    Graphs are not yet compared with hashes.

    Args:
        lines: of the file, without their ends.
        name: file name, for messages.
        module_hash: reads only rows of this cell; the others are passed over unchecked.

    Raises:
        RecordError: a column is missing or a row is damaged; the message has the line number.
    """
    rest = iter(lines)
    try:
        columns = csv_extract.parse_columns(next(rest, ""))
    except RecordError as error:
        raise RecordError(f"{name}: line 1: {error}") from error
    missing = [column for column in _COLUMNS if column not in columns]
    if missing:
        raise RecordError(
            f"{name}: line 1: expected the columns {', '.join(_COLUMNS)}; "
            f"missing {', '.join(missing)}"
        )
    seen: set[tuple[str, ...]] = set()
    rows = _rows(rest, columns, name, module_hash)
    for training, group in itertools.groupby(rows, key=_training):
        evaluations = list(group)
        try:
            if training in seen:
                raise RecordError(f"expected the rows of {' '.join(training)} in one place")
            seen.add(training)
            yield Located(f"line {evaluations[0][0]}", _record(evaluations))
        except RecordError as error:
            raise RecordError(f"{name}: line {evaluations[0][0]}: {error}") from error


def _training(row: tuple[int, Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(row[1][column] for column in _TRAINING)


def _rows(
    lines: Iterable[str], columns: Sequence[str], name: str, module_hash: str | None
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yields line numbers and values of the rows wanted; the first is in line 2."""
    for number, line in enumerate(lines, start=2):
        if not line or (module_hash is not None and not line.startswith(module_hash)):
            continue
        try:
            yield number, csv_extract.parse_row(line, columns)
        except RecordError as error:
            raise RecordError(f"{name}: line {number}: {error}") from error


def _record(evaluations: _Rows) -> CellRecord:
    """Returns the record of one training."""
    by_epoch = {csv_extract.parse_number(row[MARK], MARK, float): row for _, row in evaluations}
    budget = max(by_epoch)
    if not budget.is_integer():
        raise RecordError(f"expected a last {MARK} in whole epochs, received {budget}")
    last = by_epoch[budget]
    halfway = by_epoch.get(budget / 2) if budget else None
    values = _values("final", last) | (_values("halfway", halfway) if halfway else {})
    return cell_record.check(
        CellRecord(
            module_hash=last["module_hash"],
            runs={int(budget): (Run(**values),)},
            trainable_parameters=int(
                csv_extract.parse_number(last["trainable_parameters"], "trainable_parameters", int)
            ),
            matrix=csv_extract.parse_matrix(last["module_adjacency"]),
            operations=csv_extract.parse_operations(last["module_operations"]),
        )
    )


def _values(stage: str, row: Mapping[str, str]) -> dict[str, float]:
    return {
        f"{stage}_{metric}": csv_extract.parse_number(row[metric], metric, float)
        for metric in _METRICS
    }
