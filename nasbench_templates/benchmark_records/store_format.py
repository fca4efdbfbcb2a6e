"""The files of a record store: one NumPy file for each column, and a manifest that is written last.

    manifest.json    schema, source, counts, and for every column its type, shape and CRC-32
    prefix.npy       first 16 digits of every cell's hash, uint64, ascending: the index
    suffix.npy       last 16 digits
    edges.npy, labels.npy, vertices.npy     the graph, see `graph_code`
    parameters.npy   trainable parameters
    runs_E.npy       for each budget of E epochs: the metrics of all runs, cell after cell
    first_run_E.npy  where each cell's runs begin, and where the last one's end

Numbers are native 64-bit little endian, so that a search needs no copy, and files are used where
they lie, memory-mapped. A folder without its manifest, or with a column of another size, is no
store: an import that was killed leaves nothing that opens.
"""

import mmap
import os
import pathlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nasbench_templates.support import files
from nasbench_templates.support.errors import RecordError, describe

if TYPE_CHECKING:
    import numpy as np

FORMAT = "nasbench_templates records 1"
MANIFEST = "manifest.json"
# NumPy's name of a type -> the memory view's.
_VIEWS = {"<u8": "Q", "<i8": "q", "<u4": "I", "|u1": "B", "<f8": "d"}
CELL_COLUMNS = {
    "prefix": "<u8",
    "suffix": "<u8",
    "edges": "<u8",
    "parameters": "<i8",
    "labels": "<u4",
    "vertices": "|u1",
}


def runs_column(epochs: int) -> str:
    """Returns the name of the column with a budget's runs."""
    return f"runs_{epochs}"


def first_run_column(epochs: int) -> str:
    """Returns the name of the column with the positions of a budget's runs."""
    return f"first_run_{epochs}"


@dataclass(frozen=True, slots=True)
class Source:
    """The file or folder that a store was imported from.

    Attributes:
        name: without folders.
        num_bytes: size of its contents.
        sha256: of its contents.
        modified_ns: time of its last change, to recognise it without reading it again.
    """

    name: str
    num_bytes: int
    sha256: str
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a store holds.

    Attributes:
        source: where it comes from.
        num_cells: number of cells.
        num_records: number of training runs.
        skipped: damaged records of the source that were left out.
        budgets: epochs, ascending.
        columns: by name: `dtype`, `shape`, `crc32` (of the values), `num_bytes` (of the file) and
            `has_absent`, whether there is a NaN, which stands for an absent value.
    """

    source: Source
    num_cells: int
    num_records: int
    skipped: int
    budgets: tuple[int, ...]
    columns: Mapping[str, Mapping[str, object]]


def write_manifest(folder: pathlib.Path, manifest: Manifest) -> None:
    """Writes the manifest; from then on the folder opens."""
    source = {name: getattr(manifest.source, name) for name in Source.__slots__}
    content = {name: getattr(manifest, name) for name in Manifest.__slots__}
    files.write_json(folder / MANIFEST, {**content, "source": source, "format": FORMAT})


def read_manifest(folder: pathlib.Path) -> Manifest | None:
    """Returns the manifest of a store, `None` where a folder has none."""
    content = files.read_json(folder / MANIFEST)
    if content is None or content.get("format") != FORMAT:
        return None
    try:
        values = {name: content[name] for name in Manifest.__slots__}
        values["source"] = Source(**values["source"])
        values["budgets"] = tuple(values["budgets"])
    except (KeyError, TypeError) as error:
        raise RecordError(
            f"{folder / MANIFEST}: expected a manifest of a record store: {error}"
        ) from None
    return Manifest(**values)


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

    def __init__(self, folder: pathlib.Path, name: str, entry: Mapping[str, object]):
        path = folder / f"{name}.npy"
        self._dtype, self._shape = str(entry["dtype"]), tuple(entry["shape"])
        try:
            with path.open("rb") as file:
                found: int | str = os.fstat(file.fileno()).st_size
                if found == entry["num_bytes"]:
                    self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            found = describe(error)
        if found != entry["num_bytes"]:
            raise RecordError(
                f"{path}: expected {entry['num_bytes']} bytes, found {found}; "
                "remove the folder and import again"
            )
        # The length of the header stands behind NumPy's six magic bytes and two of version.
        self._offset = 10 + int.from_bytes(self._map[8:10], "little")

    @property
    def content(self) -> memoryview:
        """The values as bytes."""
        return memoryview(self._map)[self._offset :]

    @property
    def numbers(self) -> memoryview:
        """The values one after the other, usable without NumPy."""
        if sys.byteorder != "little":
            raise RecordError("expected a little-endian machine to read a record store")
        return self.content.cast(_VIEWS[self._dtype])

    @property
    def array(self) -> "np.ndarray":
        """The values as a read-only array."""
        import numpy as np

        return np.frombuffer(self._map, self._dtype, offset=self._offset).reshape(self._shape)
