"""The protocol-buffer message `ModelMetrics`: many at once into arrays, and back.

Messages of one length nearly always have one layout: the same tags at the same places. So a message
is walked through field by field only to learn a layout; whatever fits it is read as columns. That
takes 0.75 us a message where the protobuf library and reading its attributes take 2.5 us: of the
import of the small table, with 1,270,872 messages, 7.9 s instead of 10.1 s.

Source: docs/nasbench101.md, section 11. Wire format: protobuf.dev, "Encoding".
"""

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from nasbench_templates.benchmark_records.cell_record import METRICS
from nasbench_templates.support.errors import RecordError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_EVALUATIONS, _PARAMETERS = 1, 2
# In EvaluationData: field 1 is the epoch; 2 to 5 are the values, in the order of `METRICS`.
_CURRENT_EPOCH, _FIRST_VALUE = 1, 2
_VALUES = 4
# A message has an evaluation at the start, half-way and at the end; the first one is not kept.
_POINTS = 3


class Metrics(NamedTuple):
    """Decoded messages.

    Attributes:
        trainable_parameters: int64 of shape `(messages,)`.
        values: float64 of shape `(messages, 8)`, columns as in `cell_record.METRICS`; NaN where a
            message has no value.
    """

    trainable_parameters: np.ndarray
    values: np.ndarray


class _Layout(NamedTuple):
    """Where a message has what.

    Attributes:
        places: positions of the bytes that decide the layout.
        masks: which bits of them do; the top one where a number continues, else all.
        bits: these bits.
        parameters: positions of the parameter count's 7-bit groups, the lowest first.
        doubles: first byte of each of the eight metrics, shape `(8,)`; -1 where there is none.
    """

    places: np.ndarray
    masks: np.ndarray
    bits: np.ndarray
    parameters: np.ndarray
    doubles: np.ndarray


def decode(messages: Sequence[bytes]) -> Metrics:
    """Returns the contents of messages.

    Raises:
        RecordError: one of them is no `ModelMetrics`, or has not three evaluations.
    """
    parameters = np.empty(len(messages), np.int64)
    values = np.empty((len(messages), len(METRICS)))
    lengths = np.fromiter(map(len, messages), np.int64, len(messages))
    for length in np.unique(lengths):
        members = np.flatnonzero(lengths == length)
        content = b"".join([messages[member] for member in members.tolist()])
        table = np.frombuffer(content, np.uint8).reshape(len(members), length)
        while len(members):
            layout = _layout(table[0].tobytes())
            fits = ((table[:, layout.places] & layout.masks) == layout.bits).all(axis=1)
            parameters[members[fits]] = _parameters(table[fits], layout)
            values[members[fits]] = _doubles(table[fits], layout)
            members, table = members[~fits], table[~fits]
    return Metrics(parameters, values)


def _parameters(table: np.ndarray, layout: _Layout) -> np.ndarray:
    groups = table[:, layout.parameters].astype(np.int64) & 0x7F
    return (groups << (7 * np.arange(groups.shape[1]))).sum(axis=1)


def _doubles(table: np.ndarray, layout: _Layout) -> np.ndarray:
    first = np.maximum(layout.doubles, 0)
    places = (first[:, None] + np.arange(8)).ravel()
    values = np.ascontiguousarray(table[:, places]).view("<f8")
    values[:, layout.doubles < 0] = np.nan
    return values


class _Field(NamedTuple):
    """One field of a message: its number, wire type, and the places of its content."""

    number: int
    wire: int
    begin: int
    end: int


def _layout(message: bytes) -> _Layout:
    """Returns the layout of a message after walking through its fields."""
    masks = bytearray(b"\xff" * len(message))
    parameters: tuple[int, ...] = ()
    points = []
    for field in _fields(message, 0, len(message)):
        if field.number == _EVALUATIONS:
            _expect(field, _BYTES, "evaluation_data")
            points.append(_point(message, field, masks))
            continue
        if field.number == _PARAMETERS:
            _expect(field, _VARINT, "trainable_parameters")
            parameters = tuple(range(field.begin, field.end))
        _release(field, masks)
    if len(points) != _POINTS:
        raise RecordError(
            f"expected {_POINTS} evaluations (start, half-way, end), received {len(points)}"
        )
    if not parameters:
        raise RecordError("expected trainable_parameters in the metrics, received none")
    table, chosen = np.frombuffer(message, np.uint8), np.frombuffer(masks, np.uint8)
    places = np.flatnonzero(chosen)
    doubles = [
        point.get(_FIRST_VALUE + value, -1) for point in points[1:] for value in range(_VALUES)
    ]
    return _Layout(
        places,
        chosen[places],
        table[places] & chosen[places],
        np.array(parameters),
        np.array(doubles),
    )


def _point(message: bytes, evaluation: _Field, masks: bytearray) -> dict[int, int]:
    """Returns where the values of an evaluation begin, by field number."""
    begins = {}
    for field in _fields(message, evaluation.begin, evaluation.end):
        if _FIRST_VALUE <= field.number < _FIRST_VALUE + _VALUES:
            _expect(field, _FIXED64, "a double of evaluation_data")
            begins[field.number] = field.begin
        _release(field, masks)
    return begins


def _release(field: _Field, masks: bytearray) -> None:
    """Lets a field's content differ between messages of one layout."""
    mask = b"\x80" if field.wire == _VARINT else b"\x00"
    masks[field.begin : field.end] = mask * (field.end - field.begin)


def _expect(field: _Field, wire: int, name: str) -> None:
    if field.wire != wire:
        raise RecordError(f"expected {name} with wire type {wire}, received {field.wire}")


def _fields(message: bytes, position: int, end: int) -> Iterator[_Field]:
    """Yields the fields between two places."""
    while position < end:
        tag, position = _varint(message, position, end)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            begin, position = position, _varint(message, position, end)[1]
        elif wire == _BYTES:
            length, begin = _varint(message, position, end)
            position = begin + length
        elif wire in (_FIXED64, _FIXED32):
            begin, position = position, position + (8 if wire == _FIXED64 else 4)
        else:
            raise RecordError(f"expected a ModelMetrics message, received wire type {wire}")
        if number < 1 or position > end:
            raise RecordError("expected a whole ModelMetrics message, received a damaged one")
        yield _Field(number, wire, begin, position)


def _varint(message: bytes, position: int, end: int) -> tuple[int, int]:
    """Returns a number of 7-bit groups and the place after it."""
    number = 0
    for shift in range(0, 70, 7):
        if position >= end:
            break
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
    raise RecordError("expected a whole ModelMetrics message, received a damaged number")


def encode(epochs: int, trainable_parameters: np.ndarray, values: np.ndarray) -> list[bytes]:
    """Returns one message for each run.

    The evaluation at the start has time 0 and no accuracies, and there is no total time: records do
    not keep them. An absent value is written as NaN, because a reader takes a missing field for 0.

    Args:
        epochs: the budget; half-way is at half of it.
        trainable_parameters: integers of shape `(runs,)`.
        values: float64 of shape `(runs, 8)`, NaN where absent.
    """
    doubles = np.ascontiguousarray(values, "<f8").view(np.uint8).reshape(len(values), -1, 8)
    start = _evaluation_head(0.0) + _tag(_FIRST_VALUE, _FIXED64) + bytes(8)
    parts = [np.broadcast_to(_array(_framed(start)), (len(values), len(start) + 2))]
    for point, epoch in enumerate((epochs / 2, float(epochs))):
        head = _evaluation_head(epoch)
        body = [np.broadcast_to(_array(head), (len(values), len(head)))]
        for value in range(_VALUES):
            tag = np.full((len(values), 1), _tag(_FIRST_VALUE + value, _FIXED64)[0], np.uint8)
            body += [tag, doubles[:, point * _VALUES + value]]
        length = sum(part.shape[1] for part in body)
        frame = _array(_tag(_EVALUATIONS, _BYTES) + bytes([length]))
        parts += [np.broadcast_to(frame, (len(values), 2)), *body]
    table = np.concatenate(parts, axis=1)
    content, width = table.tobytes(), table.shape[1]
    return [
        content[row * width : (row + 1) * width] + _parameter_field(count)
        for row, count in enumerate(trainable_parameters.tolist())
    ]


def _framed(evaluation: bytes) -> bytes:
    return _tag(_EVALUATIONS, _BYTES) + bytes([len(evaluation)]) + evaluation


def _evaluation_head(epoch: float) -> bytes:
    return _tag(_CURRENT_EPOCH, _FIXED64) + np.array(epoch, "<f8").tobytes()


def _tag(number: int, wire: int) -> bytes:
    return bytes([number << 3 | wire])


def _array(content: bytes) -> np.ndarray:
    return np.frombuffer(content, np.uint8)


@functools.lru_cache(maxsize=65536)  # few distinct counts are shared by many cells
def _parameter_field(count: int) -> bytes:
    groups = bytearray(_tag(_PARAMETERS, _VARINT))
    while count > 0x7F:
        groups.append(count & 0x7F | 0x80)
        count >>= 7
    return bytes([*groups, count])
