"""One column of an open record store: mapped into memory, and checked block by block when used."""

import functools
import mmap
import os
import pathlib
import sys
from typing import TYPE_CHECKING, Any

import google_crc32c

from nasbench_templates.benchmark_records.store_format import BLOCK_BITS, ColumnEntry
from nasbench_templates.support.errors import RecordError, describe

if TYPE_CHECKING:
    import numpy as np

_BLOCK_BYTES = 1 << BLOCK_BITS
# NumPy's name of a type -> the memory view's.
_VIEWS = {
    "<u8": "Q",
    "<i8": "q",
    "<u4": "I",
    "|u1": "B",
    "<f8": "d",
}


class Column:
    """One column of an open store, mapped into memory.

    What is mapped stays readable when the files are replaced or removed.

    Args:
        folder: the store.
        name: of the column.
        entry: what the manifest says of it.

    Raises:
        RecordError: the file is missing or has another size.
    """

    def __init__(self, folder: pathlib.Path, name: str, entry: ColumnEntry):
        if sys.byteorder != "little":
            raise RecordError("expected a little-endian machine to read a record store")
        self._path, self._entry = folder / f"{name}.npy", entry
        found: int | str
        try:
            with self._path.open("rb") as file:
                found = os.fstat(file.fileno()).st_size
                if found == entry.num_bytes:
                    self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            found = describe(error)
        if found != entry.num_bytes:
            raise RecordError(
                f"{self._path}: expected {entry.num_bytes} bytes, found {found}; "
                "remove the folder and import again"
            )
        self._begin = entry.begin
        self._checksums = memoryview(bytes.fromhex(entry.crc32c)).cast("I")
        self._is_right = bytearray(len(self._checksums))

    @functools.cached_property
    def unchecked(self) -> memoryview:
        """The values one after the other, usable without NumPy; `check` those that are read."""
        code: Any = _VIEWS[self._entry.dtype]  # the type of its values is known at run time only
        return memoryview(self._map)[self._begin :].cast(code)

    @property
    def array(self) -> "np.ndarray":
        """The values as a read-only array, all of them checked."""
        import numpy as np

        self.check_all()
        values = np.frombuffer(self._map, self._entry.dtype, offset=self._begin)
        return values.reshape(self._entry.shape)

    def check(self, begin: int, end: int) -> None:
        """Compares the checksums of the blocks that hold some values, once for each block.

        Args:
            begin: position of the first value.
            end: position after the last.

        Raises:
            RecordError: a block is not what was written.
        """
        size = self.unchecked.itemsize
        first = (self._begin + size * begin) >> BLOCK_BITS
        last = (self._begin + size * end - 1) >> BLOCK_BITS
        for block in range(first, last + 1):
            if not self._is_right[block]:
                self._check_block(block)

    def check_all(self) -> None:
        """Compares the checksums of all blocks that were not yet; the file's head is one's part.

        Raises:
            RecordError: a block is not what was written.
        """
        if not all(self._is_right):
            for block in range(len(self._is_right)):
                if not self._is_right[block]:
                    self._check_block(block)

    def forget_checks(self) -> None:
        """Lets every block be checked again."""
        self._is_right = bytearray(len(self._checksums))

    def _check_block(self, block: int) -> None:
        begin = block << BLOCK_BITS
        found = google_crc32c.value(self._map[begin : begin + _BLOCK_BYTES])
        if found != self._checksums[block]:
            raise RecordError(
                f"{self._path}: damaged at byte {begin} or up to 64 KiB behind it: expected "
                f"CRC-32C {self._checksums[block]:08x}, received {found:08x}; remove the folder "
                "and import again"
            )
        self._is_right[block] = 1
