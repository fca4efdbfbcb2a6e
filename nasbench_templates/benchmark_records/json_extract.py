"""Reads records from JSON extracts: one full official record, or column lists of many cells.

The full record has the field names of the official query API (`fixed_statistics`,
`computed_statistics`); the column lists are those of `tiga1231/nasbench-vis`, where position i of
every list belongs to one cell and graphs are padded to seven vertices.
"""

import json
from collections.abc import Iterator
from typing import Any

from nasbench_templates.benchmark_records import cell_record
from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.benchmark_records.cell_record import METRICS, CellRecord, Located, Run
from nasbench_templates.support.errors import RecordError

_FULL_KEYS = ("module_hash", "fixed_statistics", "computed_statistics")
_COLUMN_KEYS = (
    "key",
    "adjacency",
    "operations",
    "trainable_parameters",
    "final_training_time",
    "108_final_validation_accuracy",
)
_ACCURACY_KEYS = {
    epochs: f"{epochs}_final_validation_accuracy" for epochs in (4, 12, 36, record_lib.EPOCHS)
}
_OPERATION_CODES = {
    -1: "input",
    -2: "output",
    **dict(enumerate(record_lib.BENCHMARK_OPS)),
}
_PADDING = -3


def read(text: str, name: str, module_hash: str | None = None) -> Iterator[Located]:
    """Yields the records of a JSON extract, their graphs not yet compared with their hashes.

    Args:
        text: content of the file.
        name: file name, for messages.
        module_hash: reads only this cell; the others are passed over unchecked.

    Raises:
        RecordError: not JSON, an unknown layout, or a damaged value; the message has the line
            number for a syntax error and the position in the lists otherwise.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise RecordError(
            f"{name}: line {error.lineno}: expected complete JSON: {error.msg}"
        ) from error
    except RecursionError as error:
        raise RecordError(f"{name}: expected a flat JSON object: {error}") from error
    if not isinstance(content, dict):
        raise RecordError(f"{name}: expected a JSON object, received {_kind(content)}")
    if "computed_statistics" in content:
        yield from _full_record(content, name, module_hash)
    elif "108_final_validation_accuracy" in content:
        yield from _column_records(content, name, module_hash)
    else:
        raise RecordError(
            f"{name}: expected a NAS-Bench-101 extract with the key computed_statistics or "
            f"108_final_validation_accuracy, received the keys {', '.join(content)[:200] or 'none'}"
        )


def _full_record(content: dict[str, Any], name: str, module_hash: str | None) -> Iterator[Located]:
    _check_keys(content, _FULL_KEYS, name)
    if module_hash is not None and content["module_hash"] != module_hash:
        return
    try:
        fixed = _object(content["fixed_statistics"], "fixed_statistics")
        budgets = _object(content["computed_statistics"], "computed_statistics")
        record = cell_record.check(
            CellRecord(
                module_hash=record_lib.check_hash(content["module_hash"]),
                runs={_epochs(key): _runs(value, key) for key, value in budgets.items()},
                trainable_parameters=_integer(
                    fixed.get("trainable_parameters"), "trainable_parameters"
                ),
                matrix=_matrix(fixed.get("module_adjacency"), "module_adjacency"),
                operations=_labels(fixed.get("module_operations"), "module_operations"),
            )
        )
    except RecordError as error:
        raise RecordError(f"{name}: {error}") from error
    yield Located("module_hash", record)


def _epochs(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise RecordError(f"expected epochs as keys of computed_statistics, received {text!r}")
    return int(text)


def _runs(value: object, epochs: str) -> tuple[Run, ...]:
    where = f'computed_statistics["{epochs}"]'
    repeats = [
        _object(repeat, f"{where}[{number}]") for number, repeat in enumerate(_list(value, where))
    ]
    return tuple(
        Run(**{name: _number(repeat[name], name) for name in METRICS if name in repeat})
        for repeat in repeats
    )


def _column_records(
    content: dict[str, Any], name: str, module_hash: str | None
) -> Iterator[Located]:
    _check_keys(content, _COLUMN_KEYS, name)
    try:
        # Budgets below 108 epochs are not in every file.
        keys = dict.fromkeys((*_COLUMN_KEYS, *_ACCURACY_KEYS.values()))
        columns = {key: _list(content[key], key) for key in keys if key in content}
        lengths = {key: len(column) for key, column in columns.items()}
        if len(set(lengths.values())) != 1:
            raise RecordError(f"expected lists of one length, received {lengths}")
    except RecordError as error:
        raise RecordError(f"{name}: {error}") from error
    for position, row in enumerate(zip(*columns.values(), strict=True)):
        entry = dict(zip(columns, row, strict=True))
        if module_hash is not None and entry["key"] != module_hash:
            continue
        try:
            yield Located(f"entry {position}", _column_record(entry))
        except RecordError as error:
            raise RecordError(f"{name}: entry {position}: {error}") from error


def _column_record(entry: dict[str, Any]) -> CellRecord:
    codes = [_integer(code, "operations") for code in _list(entry["operations"], "operations")]
    while codes and codes[-1] == _PADDING:
        codes.pop()
    unknown = [code for code in codes if code not in _OPERATION_CODES]
    if unknown:
        raise RecordError(f"expected operations in {sorted(_OPERATION_CODES)}, received {unknown}")
    rows = _matrix(entry["adjacency"], "adjacency")
    vertices = len(codes)
    padding = [*rows[vertices:], *(row[vertices:] for row in rows)]
    if any(any(part) for part in padding):
        raise RecordError(f"expected no edge beyond the {vertices} vertices that have an operation")
    runs = {
        epochs: Run(final_validation_accuracy=_number(entry[key], key))
        for epochs, key in _ACCURACY_KEYS.items()
        if key in entry
    }
    time = _number(entry["final_training_time"], "final_training_time")
    runs[record_lib.EPOCHS] = runs[record_lib.EPOCHS]._replace(final_training_time=time)
    return cell_record.check(
        CellRecord(
            module_hash=record_lib.check_hash(entry["key"]),
            runs={epochs: (run,) for epochs, run in runs.items()},
            trainable_parameters=_integer(entry["trainable_parameters"], "trainable_parameters"),
            matrix=tuple(row[:vertices] for row in rows[:vertices]),
            operations=tuple(_OPERATION_CODES[code] for code in codes),
        )
    )


def _check_keys(content: dict[str, Any], keys: tuple[str, ...], name: str) -> None:
    missing = [key for key in keys if key not in content]
    if missing:
        raise RecordError(f"{name}: expected the keys {', '.join(keys)}; missing {missing}")


def _object(value: object, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RecordError(f"expected {key} to be an object, received {_kind(value)}")
    return value


def _list(value: object, key: str) -> list[object]:
    if not isinstance(value, list):
        raise RecordError(f"expected {key} to be a list, received {_kind(value)}")
    return value


def _number(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(f"expected {key} to be a number, received {_kind(value)}")
    try:
        return float(value)
    except OverflowError as error:
        raise RecordError(f"expected {key} to be a number: {error}") from error


def _integer(value: object, key: str) -> int:
    number = _number(value, key)
    if not number.is_integer():
        raise RecordError(f"expected an integer in {key}, received {value}")
    return int(number)


def _matrix(value: object, key: str) -> record_lib.Matrix:
    rows = [_list(row, key) for row in _list(value, key)]
    return tuple(tuple(_integer(edge, key) for edge in row) for row in rows)


def _labels(value: object, key: str) -> tuple[str, ...]:
    labels = _list(value, key)
    for label in labels:
        if not isinstance(label, str):
            raise RecordError(f"expected labels in {key}, received {_kind(label)}")
    return tuple(str(label) for label in labels)


def _kind(value: object) -> str:
    return "nothing" if value is None else type(value).__name__
