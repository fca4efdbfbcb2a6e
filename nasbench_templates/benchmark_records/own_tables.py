"""Reads measurements that anybody wrote down: a row, or a JSON object a line, for each training.

A row names its cell by `module_hash`, by `module_adjacency` and `module_operations`, or by both,
says after how many `epochs` it was measured, and has any of the metrics: those of `cell_record`,
or `training_time`, `train_accuracy`, `validation_accuracy`, `test_accuracy` for the final ones.
`trainable_parameters` may be there; other columns are ignored. So this is a whole table:

    module_hash,epochs,test_accuracy
    b5fb4f6193360330b6ff6a52cbf0cad7,20,0.9012

In CSV, rows of a matrix are joined by `;` (or written without anything between) and operations by
`|` or a comma; in JSON they may also be lists, and be called `matrix` and `ops`.
"""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nasbench_templates.benchmark_records import cell_record, csv_extract, graph_code
from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.benchmark_records.cell_record import METRICS, CellRecord, Located, Run
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.errors import RecordError, SpecError

_SHORT = {name.removeprefix("final_"): name for name in METRICS if name.startswith("final_")}
_METRIC_OF = {name: name for name in METRICS} | _SHORT
_GRAPH_KEYS = (("module_adjacency", "module_operations"), ("matrix", "ops"))
_EPOCHS, _HASH, _PARAMETERS = "epochs", "module_hash", "trainable_parameters"

# The columns that a table of one's own has at least, for messages.
EXPECTED = f"{_HASH}, {_EPOCHS} and one of {', '.join(_SHORT)}"


def is_csv(first_line: str) -> bool:
    """Returns whether the first line names the columns of this layout."""
    columns = csv_extract.columns_of(first_line)
    return _EPOCHS in columns and any(name in _METRIC_OF for name in columns)


def is_json_lines(first_line: str) -> bool:
    """Returns whether the first line is an object of this layout."""
    try:
        first = json.loads(first_line)
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and _EPOCHS in first


def read(lines: Iterable[str], name: str, module_hash: str | None = None) -> Iterator[Located]:
    """Yields one record per row, its graph not yet compared with its hash.

    Args:
        lines: of the file, without their ends.
        name: file name, for messages.
        module_hash: gives only rows of this cell.

    Raises:
        RecordError: a row is damaged; the message has the line number.
    """
    for number, row in _rows(lines, name):
        try:
            record = _record(row)
        except RecordError as error:
            raise RecordError(f"{name}: line {number}: {error}") from error
        if module_hash in (None, record.module_hash):
            yield Located(f"line {number}", record)


def _rows(lines: Iterable[str], name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    first = next(numbered, (1, ""))
    is_json = first[1].lstrip().startswith(("{", "["))
    try:
        columns = [] if is_json else csv_extract.parse_columns(first[1])
    except RecordError as error:
        raise RecordError(f"{name}: line {first[0]}: {error}") from error
    # Objects have no line of names before them.
    rows = itertools.chain([first], numbered) if is_json else numbered
    for number, line in csv_extract.distinct_lines(rows, name):
        try:
            yield number, _object(line) if is_json else csv_extract.parse_row(line, columns)
        except RecordError as error:
            raise RecordError(f"{name}: line {number}: {error}") from error


def _object(line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"expected a JSON object: {error}") from None
    if not isinstance(row, dict):
        raise RecordError(f"expected a JSON object, received {line[:60]!r}")
    return row


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise RecordError(f"expected every key once, received {[key for key, _ in pairs]}")
    return found


def _record(row: Mapping[str, Any]) -> CellRecord:
    # An empty cell, and null, is a value that the row lacks.
    row = {key: value for key, value in row.items() if value not in (None, "")}
    if _EPOCHS not in row:
        raise RecordError("expected a number of epochs, received none")
    values = {_METRIC_OF[key]: _number(row[key], key) for key in row if key in _METRIC_OF}
    if not values:
        raise RecordError(f"expected at least one of {', '.join(_METRIC_OF)}, received none")
    matrix, operations = _graph(row)
    module_hash = row.get(_HASH)
    if module_hash is None:
        if matrix is None or operations is None:
            raise RecordError("expected module_hash, or module_adjacency and module_operations")
        module_hash = _hash(matrix, operations) or ""
    parameters = _whole(row[_PARAMETERS], _PARAMETERS) if _PARAMETERS in row else None
    runs = {_whole(row[_EPOCHS], _EPOCHS): (Run(**values),)}
    return cell_record.check(CellRecord(module_hash, runs, parameters, matrix, operations))


def _hash(matrix: record_lib.Matrix, operations: tuple[str, ...]) -> str | None:
    record_lib.check_description(None, matrix, operations)
    try:
        return Cell.parse(matrix, operations).hash()
    except SpecError as error:
        raise RecordError(str(error)) from error


def _graph(
    row: Mapping[str, Any],
) -> tuple[record_lib.Matrix, tuple[str, ...]] | tuple[None, None]:
    for matrix_key, ops_key in _GRAPH_KEYS:
        if matrix_key in row and ops_key in row:
            return _matrix(row[matrix_key]), _operations(row[ops_key])
    return None, None


def _matrix(value: Any) -> record_lib.Matrix:
    if isinstance(value, str):
        bits = value if ";" in value else ";".join(graph_code.rows_of_bits(value))
        return csv_extract.parse_matrix(bits)
    try:
        return tuple(tuple(int(_number(entry, "the matrix")) for entry in row) for row in value)
    except TypeError:
        raise RecordError(f"expected a matrix, received {str(value)[:60]}") from None


def _operations(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split("|" if "|" in value else ","))
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        raise RecordError(f"expected a list of operations, received {str(value)[:60]}")
    return tuple(value)


def _number(value: object, key: str) -> float:
    if isinstance(value, str):
        return csv_extract.parse_number(value, key, float)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(f"expected a number in {key}, received {str(value)[:60]!r}")
    return float(value)


def _whole(value: object, key: str) -> int:
    number = _number(value, key)
    if not number.is_integer():
        raise RecordError(f"expected an integer in {key}, received {value}")
    return int(number)
