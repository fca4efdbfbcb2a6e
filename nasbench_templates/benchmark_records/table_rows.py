"""Rows of the benchmark's TFRecord table: JSON texts to arrays, a batch at a time, and back.

A row is one training run: `[module_hash, epochs, adjacency, operations, metrics]`.

Source: docs/nasbench101.md, section 11.
"""

import binascii
import json
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np

from nasbench_templates.benchmark_records import (
    graph_code,
    graph_identity,
    metrics_message,
    store_values,
    tfrecord,
)
from nasbench_templates.benchmark_records.cell_record import METRICS, CellRecord, Run
from nasbench_templates.benchmark_records.faults import Faults
from nasbench_templates.benchmark_records.tfrecord import Frames
from nasbench_templates.support.errors import RecordError

# One training run. Hashes are two integers (first and last 16 digits), graphs as in `graph_code`;
# `number` and `offset` say where the run stands in its file. A graph of no vertices, or a parameter
# count of 0, is not known.
ROW = np.dtype(
    [
        ("prefix", "<u8"),
        ("suffix", "<u8"),
        ("edges", "<u8"),
        ("parameters", "<i8"),
        ("number", "<i8"),
        ("offset", "<i8"),
        ("metrics", "<f8", len(METRICS)),
        ("labels", "<u4"),
        ("epochs", "<u2"),
        ("vertices", "u1"),
    ]
)
MOST_EPOCHS = 65535
_COLUMNS = 5
# Base64 as MIME has it: lines of 76 characters, 57 bytes each.
_LINE_BYTES = 57


def decode(frames: Frames, faults: Faults) -> np.ndarray:
    """Returns the rows in records' payloads, an array of `ROW`.

    A batch with a faulty row is halved until that row is alone, so that one rule reads many rows
    at once and says what is wrong with a single one.

    Args:
        frames: records whose checksums are right.
        faults: receives the rows that are malformed.

    Raises:
        RecordError: a malformed row, unless `faults` skips.
    """
    try:
        return _decode(frames)
    except RecordError as error:
        count = len(frames.payloads)
        if count == 1:
            faults.add(int(frames.numbers[0]), int(frames.offsets[0]), str(error))
            return np.empty(0, ROW)
        halves = (slice(0, count // 2), slice(count // 2, None))
        return np.concatenate([decode(frames.part(half), faults) for half in halves])


def _decode(frames: Frames) -> np.ndarray:
    rows = np.empty(len(frames.payloads), ROW)
    rows["number"], rows["offset"] = frames.numbers, frames.offsets
    if not len(rows):
        return rows
    hashes, epochs, matrices, operations, metrics = _columns(frames.payloads)
    rows["prefix"], rows["suffix"] = _hash_numbers(hashes)
    if not 1 <= min(epochs) <= max(epochs) <= MOST_EPOCHS:
        raise RecordError(f"expected epochs in 1..{MOST_EPOCHS}, received {epochs[0]}")
    rows["epochs"] = epochs
    codes = list(map(graph_code.encode_texts, matrices, operations))
    rows["vertices"], rows["edges"], rows["labels"] = zip(*codes, strict=True)
    try:
        messages = list(map(binascii.a2b_base64, metrics))
    except ValueError as error:
        raise RecordError(f"expected metrics in base64: {error}") from None
    rows["parameters"], rows["metrics"] = metrics_message.decode(messages)
    _check_values(rows)
    return rows


def _columns(payloads: Sequence[bytes]) -> tuple[tuple, ...]:
    """Returns the five columns of JSON texts, parsed as one text."""
    expected = "expected a JSON row [hash, epochs, adjacency, operations, metrics]"
    try:
        rows = json.loads(b"[" + b",".join(payloads) + b"]")
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{expected}: {error}") from None
    is_table = len(rows) == len(payloads) and set(map(type, rows)) == {list}
    if not is_table or set(map(len, rows)) != {_COLUMNS}:
        raise RecordError(f"{expected}, received {payloads[0][:60]!r}")
    columns = tuple(zip(*rows, strict=True))
    for column, kind in zip(columns, (str, int, str, str, str), strict=True):
        if set(map(type, column)) != {kind}:
            raise RecordError(f"{expected}, received a {type(column[0]).__name__}: {column[0]!r}")
    return columns


def _hash_numbers(hashes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the first and the last 16 digits of hashes as integers."""
    text = "".join(hashes)
    try:
        content = bytes.fromhex(text)
    except ValueError:
        content = b""
    if set(map(len, hashes)) != {32} or 2 * len(content) != len(text) or text != text.lower():
        raise RecordError(
            "expected a module hash of 32 lower-case hexadecimal digits, "
            f"received {hashes[0][:80]!r}"
        )
    numbers = np.frombuffer(content, ">u8").reshape(-1, 2)
    return numbers[:, 0], numbers[:, 1]


def _check_values(rows: np.ndarray) -> None:
    parameters = rows["parameters"]
    most = store_values.MOST_PARAMETERS
    if not (parameters.min() >= 1 and parameters.max() <= most):
        raise RecordError(f"expected trainable_parameters in 1..{most}, received {parameters[0]}")
    store_values.check_metrics(rows["metrics"])


def from_cells(cells: Sequence[CellRecord], first_number: int) -> np.ndarray:
    """Returns one row for each run of cells; `number` counts the cells and `offset` is 0.

    Raises:
        RecordError: a cell beyond what a row holds.
    """
    rows = []
    for number, cell in enumerate(cells, start=first_number):
        code = graph_code.encode(cell.matrix, cell.operations)
        prefix, suffix = int(cell.module_hash[:16], 16), int(cell.module_hash[16:], 16)
        head = (prefix, suffix, code.edges, cell.trainable_parameters or 0, number, 0)
        for epochs, runs in cell.runs.items():
            if not 1 <= epochs <= MOST_EPOCHS:
                raise RecordError(f"expected epochs in 1..{MOST_EPOCHS}, received {epochs}")
            rows += [(*head, _doubles(run), code.labels, epochs, code.vertices) for run in runs]
    return np.array(rows, ROW)


def _check_complete(cell: CellRecord) -> None:
    if cell.matrix is None or cell.operations is None or cell.trainable_parameters is None:
        raise RecordError(
            f"{cell.module_hash}: expected the graph that the benchmark stores and its "
            "parameter count, the source has none"
        )


def find_cell(path: pathlib.Path, module_hash: str) -> Iterator[CellRecord]:
    """Yields the cell of a TFRecord file with a hash, if there is one.

    Every record's checksums are verified, but only those that mention the hash are read.

    Raises:
        RecordError: the file is damaged.
    """
    faults = Faults(path.name)
    parts = []
    for frames in tfrecord.read_frames(path, faults):
        mentions = [module_hash.encode() in payload for payload in frames.payloads]
        if any(mentions):
            rows = decode(frames.part(np.array(mentions)), faults)
            numbers = int(module_hash[:16], 16), int(module_hash[16:], 16)
            parts.append(rows[(rows["prefix"] == numbers[0]) & (rows["suffix"] == numbers[1])])
    if not any(map(len, parts)):
        return
    rows = np.concatenate(parts)
    first = rows[0]
    runs: dict[int, list[Run]] = {}
    where = f"{path.name}: record {first['number']} at byte {first['offset']}"
    for row in rows:
        values = (None if np.isnan(value) else float(value) for value in row["metrics"])
        runs.setdefault(int(row["epochs"]), []).append(Run(*values))
    cell = CellRecord(
        module_hash,
        {epochs: tuple(runs[epochs]) for epochs in sorted(runs)},
        int(first["parameters"]),
        graph_code.decode_matrix(int(first["vertices"]), int(first["edges"])),
        graph_code.decode_operations(int(first["vertices"]), int(first["labels"])),
    )
    graph_identity.check([cell], [where])
    yield cell


def _doubles(run: Run) -> tuple[float, ...]:
    return tuple(float("nan") if value is None else value for value in run)


def encode_cells(cells: Sequence[CellRecord]) -> list[bytes]:
    """Returns the payload of every run, cell after cell and budget after budget.

    Raises:
        RecordError: a cell without graph or parameter count.
    """
    for cell in cells:
        _check_complete(cell)
    rows = from_cells(cells, first_number=0)
    messages = np.empty(len(rows), object)
    for epochs in np.unique(rows["epochs"]).tolist():
        members = np.flatnonzero(rows["epochs"] == epochs)
        parts = rows[members]
        messages[members] = metrics_message.encode(epochs, parts["parameters"], parts["metrics"])
    texts = [graph_texts(cell) for cell in cells]
    return [
        encode_row(cells[number].module_hash, epochs, texts[number][0], texts[number][1], message)
        for number, epochs, message in zip(
            rows["number"].tolist(), rows["epochs"].tolist(), messages, strict=True
        )
    ]


def graph_texts(cell: CellRecord) -> tuple[str, str]:
    """Returns a cell's adjacency, row after row, and its operations, as rows have them.

    Raises:
        RecordError: a cell without graph or parameter count.
    """
    _check_complete(cell)
    bits = "".join(str(edge) for row in cell.matrix or () for edge in row)
    return bits, ",".join(cell.operations or ())


def encode_row(
    module_hash: str, epochs: int, matrix_bits: str, operations: str, message: bytes
) -> bytes:
    """Returns the payload of one run, as the published files have it."""
    lines = b"".join(
        binascii.b2a_base64(message[start : start + _LINE_BYTES], newline=False) + b"\\n"
        for start in range(0, len(message), _LINE_BYTES)
    )
    head = f'["{module_hash}", {epochs}, "{matrix_bits}", "{operations}", "'
    return head.encode() + lines + b'"]'
