"""TFRecord framing: blocks of records from a file and back, without TensorFlow.

A record is its length (8 bytes, little endian), the masked CRC-32C of the length, the payload and
the masked CRC-32C of the payload. Every checksum is verified. What payloads mean is not known here.

Source: TensorFlow's description of the format; docs/nasbench101.md, section 11.
"""

import os
import pathlib
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

import google_crc32c
import numpy as np

from nasbench_templates.benchmark_records.faults import Faults
from nasbench_templates.support.errors import RecordError, describe

HEADER_BYTES = 12
_FOOTER_BYTES = 4
_BLOCK_BYTES = 2 << 20
# A row of the benchmark has less than a thousand bytes; a length beyond this is a damaged one.
_MOST_BYTES = 1 << 24
_MASK = 0xA282EAD8


_Checksums = TypeVar("_Checksums", int, np.ndarray)


@dataclass(frozen=True, slots=True)
class Frames:
    """Consecutive records whose checksums are right.

    Attributes:
        payloads: their contents.
        numbers: int64 of shape `(records,)`, position in the file, from 1.
        offsets: int64 of shape `(records,)`, first byte of each record's frame.
    """

    payloads: list[bytes]
    numbers: np.ndarray
    offsets: np.ndarray

    def part(self, chosen: slice | np.ndarray) -> "Frames":
        """Returns the records at some positions."""
        positions = np.arange(len(self.payloads))[chosen]
        payloads = [self.payloads[position] for position in positions]
        return Frames(payloads, self.numbers[chosen], self.offsets[chosen])


def is_tfrecord(path: pathlib.Path) -> bool:
    """Returns whether a file says in its name that it is one, or begins like one.

    That is a right length, or a JSON list where the first payload belongs: so a table whose first
    length is damaged is still taken for one.
    """
    if path.suffix == ".tfrecord":
        return True
    with path.open("rb") as stream:
        head = stream.read(HEADER_BYTES + 2)
    return _verified_length(head[:HEADER_BYTES]) is not None or head[HEADER_BYTES:] == b'["'


def read_frames(
    path: pathlib.Path, faults: Faults, on_block: Callable[[bytes], None] | None = None
) -> Iterator[Frames]:
    """Yields the records of a file, block by block.

    Args:
        path: the file.
        faults: receives damaged records. Where a length is damaged, reading goes on at the next
            place that has a right one.
        on_block: given every block of the file as it is read, for checksums and progress.

    Raises:
        RecordError: the file cannot be read, or it is damaged and `faults` does not skip.
    """
    try:
        with path.open("rb") as stream:
            yield from _Reader(stream, faults, on_block).frames()
    except OSError as error:
        raise RecordError(f"{path}: expected a readable file: {describe(error)}") from error


class _Reader:
    """The state of reading one file: a buffer, where it begins and the number of its first record.

    A block is cut into frames by a loop that does as little as possible for each record: headers
    seen before need no second check, and the payloads' checksums are compared all at once.
    """

    def __init__(self, stream: BinaryIO, faults: Faults, on_block: Callable[[bytes], None] | None):
        self._stream = stream
        self._faults = faults
        self._on_block = on_block or (lambda block: None)
        self._size = os.fstat(stream.fileno()).st_size
        self._buffer = b""
        self._start = 0  # of the buffer, in the file
        self._number = 1  # of the next record
        self._is_lost = False  # whether the next record's beginning is not known
        self._lengths: dict[bytes, int] = {}

    def frames(self) -> Iterator[Frames]:
        while block := self._stream.read(_BLOCK_BYTES):
            self._on_block(block)
            self._buffer += block
            while not self._is_lost or self._find_header():
                yield self._split()
                if not self._is_lost:
                    break  # what is left is the beginning of a record
        if self._size == 0:
            self._faults.add(1, 0, "expected a TFRecord file, the file is empty")
        elif self._buffer and not self._is_lost:
            self._faults.add(
                self._number,
                self._start,
                f"truncated: expected a whole record, the file ends after {len(self._buffer)} "
                "bytes of it",
            )

    def _split(self) -> Frames:
        """Takes whole records from the buffer, up to a damaged length or the buffer's end."""
        buffer, checksum, lengths = self._buffer, google_crc32c.value, self._lengths
        payloads, checksums, begins = [], [], []
        position, last = 0, len(buffer) - HEADER_BYTES
        length: int | None = 0
        while position <= last:
            length = lengths.get(buffer[position : position + HEADER_BYTES])
            if length is None and (length := self._new_length(position)) is None:
                break
            begin = position + HEADER_BYTES
            end = begin + length
            if end + _FOOTER_BYTES > len(buffer):
                break
            payload = buffer[begin:end]
            payloads.append(payload)
            checksums.append(checksum(payload))
            begins.append(begin)
            position = end + _FOOTER_BYTES
        frames = self._checked(payloads, checksums, np.array(begins, np.int64))
        if length is None:
            self._is_lost = True
            self._number += 1
            reason = self._describe_length(position)
            self._faults.add(self._number - 1, self._start + position, reason)
            position += 1
        self._drop(position)
        return frames

    def _drop(self, count: int) -> None:
        self._buffer = self._buffer[count:]
        self._start += count

    def _new_length(self, position: int) -> int | None:
        """Returns the length that a header not seen before states; `None` for a damaged one."""
        header = self._buffer[position : position + HEADER_BYTES]
        length = _verified_length(header)
        if length is None or length > min(_MOST_BYTES, self._left(position)):
            return None
        self._lengths[header] = length
        return length

    def _left(self, position: int) -> int:
        """Returns how long the payload of a record in the buffer can be in this file."""
        return self._size - self._start - position - HEADER_BYTES - _FOOTER_BYTES

    def _describe_length(self, position: int) -> str:
        """Returns what is wrong with a length."""
        length = _verified_length(self._buffer[position : position + HEADER_BYTES])
        if length is not None:
            return (
                f"truncated or wrong length: expected {length} bytes of payload and their "
                f"CRC-32C, the file has {max(self._left(position), 0)}"
            )
        found = (
            "other bytes: damaged, or no TFRecord file" if self._number == 2 else "a damaged one"
        )
        return f"expected a length with its CRC-32C, received {found}"

    def _find_header(self) -> bool:
        """Drops what is before the next right length; `False` if the buffer has none.

        Lengths are far below 2**32 and payloads are text, so four zero bytes mark the candidates.
        """
        zeros = self._buffer.find(bytes(4), 4)
        while zeros >= 0:
            if _verified_length(self._buffer[zeros - 4 : zeros - 4 + HEADER_BYTES]) is not None:
                self._drop(zeros - 4)
                self._is_lost = False
                return True
            zeros = self._buffer.find(bytes(4), zeros + 1)
        self._drop(max(0, len(self._buffer) - HEADER_BYTES + 1))
        return False

    def _checked(self, payloads: list[bytes], checksums: list[int], begins: np.ndarray) -> Frames:
        """Returns the records whose payload has its checksum, with their numbers."""
        numbers = self._number + np.arange(len(payloads))
        self._number += len(payloads)
        frames = Frames(payloads, numbers, self._start + begins - HEADER_BYTES)
        lengths = np.fromiter(map(len, payloads), np.int64, len(payloads))
        table = np.frombuffer(self._buffer, np.uint8)
        stored = table[(begins + lengths)[:, None] + np.arange(_FOOTER_BYTES)].view("<u4").ravel()
        received = _masked(np.array(checksums, np.uint64))
        is_wrong = received != stored
        if not is_wrong.any():
            return frames
        for place in np.flatnonzero(is_wrong):
            self._faults.add(
                int(frames.numbers[place]),
                int(frames.offsets[place]),
                f"damaged payload: expected CRC-32C {stored[place]:08x}, "
                f"received {received[place]:08x}",
            )
        return frames.part(~is_wrong)


def _verified_length(header: bytes) -> int | None:
    """Returns the length that a header states, `None` unless its checksum is right."""
    if len(header) < HEADER_BYTES:
        return None
    is_right = header[8:] == _checksum(header[:8])
    return int.from_bytes(header[:8], "little") if is_right else None


def _checksum(content: bytes) -> bytes:
    return _masked(google_crc32c.value(content)).to_bytes(4, "little")


def _masked(checksum: _Checksums) -> _Checksums:
    """Returns checksums as TFRecord files store them: rotated right by 15 bits, plus a constant."""
    return (((checksum >> 15) | (checksum << 17)) + _MASK) & 0xFFFFFFFF


def write_frames(stream: BinaryIO, payloads: Iterable[bytes]) -> None:
    """Writes payloads as records."""
    headers: dict[int, bytes] = {}
    for payload in payloads:
        header = headers.get(len(payload))
        if header is None:
            length = struct.pack("<Q", len(payload))
            header = headers[len(payload)] = length + _checksum(length)
        stream.write(header + payload + _checksum(payload))
