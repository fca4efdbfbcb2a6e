"""The files of a record store: one NumPy file for each column, and a manifest that is written last.

    manifest.json    schema, source, counts; of every column its type, shape and checksums
    prefix.npy       first 16 digits of every cell's hash, uint64, ascending: the index
    suffix.npy       last 16 digits
    edges.npy, labels.npy, vertices.npy     the graph, see `graph_code`
    parameters.npy   trainable parameters
    runs_E.npy       for each budget of E epochs: the metrics of all runs, cell after cell
    first_run_E.npy  where each cell's runs begin, and where the last one's end

Numbers are native 64-bit little endian, so that a search needs no copy, and files are used where
they lie, memory-mapped. A folder without its manifest, or with a column of another size, is no
store: an import that was killed leaves nothing that opens. Of every 64 KiB of a file the manifest
has the CRC-32C, and of itself too; `store_column` compares them when a block is first used.
"""

import itertools
import json
import math
import pathlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import google_crc32c

from nasbench_templates.benchmark_records.cell_record import METRICS
from nasbench_templates.support import files, texts
from nasbench_templates.support.errors import RecordError, describe

FORMAT = "nasbench_templates records 2"
# Those of version 0.1 had one checksum a column, which nothing compared unless it was asked to.
_OLD_FORMATS = ("nasbench_templates records 1",)
MANIFEST = "manifest.json"
BLOCK_BITS = 16
CELL_COLUMNS = {
    "prefix": "<u8",
    "suffix": "<u8",
    "edges": "<u8",
    "parameters": "<i8",
    "labels": "<u4",
    "vertices": "|u1",
}
_RUNS, _FIRST_RUN = "<f8", "<u4"
_ITEM_BYTES = {"<u8": 8, "<i8": 8, "<u4": 4, "|u1": 1, "<f8": 8}
_MOST_EPOCHS = 65535
_AGAIN = "remove the folder and import again"


class OldStoreError(RecordError):
    """A folder is a store of an earlier version, to be made again from its source."""


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
        has_benchmark_setting: whether its networks are the benchmark's, on its data; if not, that
            is not known.
    """

    name: str
    num_bytes: int
    sha256: str
    modified_ns: int
    has_benchmark_setting: bool = True


@dataclass(frozen=True, slots=True)
class ColumnEntry:
    """What the manifest says of a column.

    Attributes:
        dtype: NumPy's name of its numbers' type.
        shape: of the array.
        num_bytes: of the file.
        has_absent: whether there is a NaN, which stands for an absent value.
        crc32c: checksums of the file's blocks of 64 KiB, 8 hexadecimal digits each.
    """

    dtype: str
    shape: tuple[int, ...]
    num_bytes: int
    has_absent: bool
    crc32c: str

    @property
    def begin(self) -> int:
        """First byte of the values in the file."""
        return self.num_bytes - _ITEM_BYTES[self.dtype] * math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a store holds.

    Attributes:
        source: where it comes from.
        num_cells: number of cells.
        num_records: number of training runs.
        skipped: damaged records of the source that were left out.
        budgets: epochs, ascending.
        columns: by name.
    """

    source: Source
    num_cells: int
    num_records: int
    skipped: int
    budgets: tuple[int, ...]
    columns: Mapping[str, ColumnEntry]


def write_manifest(folder: pathlib.Path, manifest: Manifest) -> None:
    """Writes the manifest; from then on the folder opens."""
    content = {name: getattr(manifest, name) for name in Manifest.__slots__}
    content |= {"format": FORMAT, "schema": files.SCHEMA, "source": _fields(manifest.source)}
    content["columns"] = {name: _fields(entry) for name, entry in manifest.columns.items()}
    files.write_json(folder / MANIFEST, {**content, "crc32c": _checksum(content)})


def _fields(value: Source | ColumnEntry) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__slots__}


def _checksum(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"{google_crc32c.value(text.encode()):08x}"


def is_store(folder: pathlib.Path) -> bool:
    """Returns whether a folder has a manifest of ours, of this or another version, whole or not."""
    return _read(folder) is not None


def read_manifest(folder: pathlib.Path) -> Manifest | None:
    """Returns the manifest of a store, `None` where a folder is none.

    Raises:
        OldStoreError: a store of an earlier version.
        RecordError: a damaged manifest, or one whose counts contradict its columns.
    """
    content = _read(folder)
    if content is None:
        return None
    path = folder / MANIFEST
    if content.get("format") in _OLD_FORMATS:
        source = content.get("source")
        name = source.get("name") if isinstance(source, dict) else None
        raise OldStoreError(
            f"{folder}: expected a store of this version, received one of version 0.1, which has "
            f"no checksums to compare; remove the folder and import {name or 'its source'} again"
        )
    stored = content.pop("crc32c", None)
    if content.get("format") != FORMAT or stored != _checksum(content):
        raise RecordError(
            f"{path}: expected the checksum of its contents, received {str(stored)[:20]!r}: it is "
            f"damaged; {_AGAIN}"
        )
    try:
        manifest = _parsed(content)
        _check(manifest)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordError(
            f"{path}: expected a manifest of a record store: {describe(error)}; {_AGAIN}"
        ) from None
    return manifest


def _read(folder: pathlib.Path) -> dict[str, Any] | None:
    """Returns the contents of a manifest, `None` where there is none or another program's.

    Raises:
        RecordError: no JSON although the folder holds a store's columns.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(texts.read_whole(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, RecursionError) as error:
        if not (folder / "prefix.npy").exists():
            return None
        raise RecordError(
            f"{path}: expected a manifest of a record store, it is damaged: {describe(error)}; "
            f"{_AGAIN}"
        ) from None
    is_ours = isinstance(content, dict) and (
        str(content.get("format")).startswith("nasbench_templates ")
        or (folder / "prefix.npy").exists()
    )
    return content if is_ours else None


def _parsed(content: Mapping[str, Any]) -> Manifest:
    values = {name: content[name] for name in Manifest.__slots__}
    values["source"] = Source(**values["source"])
    values["budgets"] = tuple(values["budgets"])
    values["columns"] = {
        name: ColumnEntry(**{**entry, "shape": tuple(entry["shape"])})
        for name, entry in values["columns"].items()
    }
    return Manifest(**values)


def _check(manifest: Manifest) -> None:
    """Checks that the counts are those of the columns.

    Raises:
        ValueError: they contradict each other.
    """
    counts = (manifest.num_cells, manifest.num_records, manifest.skipped, *manifest.budgets)
    if not all(type(count) is int and count >= 0 for count in counts):
        raise ValueError(f"expected counts >= 0, received {counts}")
    budgets = manifest.budgets
    is_rising = all(first < second for first, second in itertools.pairwise(budgets))
    if not (is_rising and all(1 <= epochs <= _MOST_EPOCHS for epochs in budgets)):
        raise ValueError(f"expected budgets in 1..{_MOST_EPOCHS}, rising, received {budgets}")
    expected = dict(_expected_columns(manifest))
    if set(expected) != set(manifest.columns):
        raise ValueError(f"expected the columns {sorted(expected)}")
    num_runs = 0
    for name, (dtype, *shape) in expected.items():
        entry = manifest.columns[name]
        if name.startswith("runs_"):
            num_runs += entry.shape[0]
            shape[0] = entry.shape[0]
        if entry.dtype != dtype or list(entry.shape) != shape or entry.begin < 0:
            raise ValueError(f"expected {name} as {dtype} of shape {shape}, received {entry.shape}")
        if len(entry.crc32c) != 8 * -(-entry.num_bytes >> BLOCK_BITS):
            raise ValueError(f"expected a checksum for every 64 KiB of {name}")
    if num_runs != manifest.num_records:
        raise ValueError(f"expected {manifest.num_records} runs, the columns have {num_runs}")


def _expected_columns(manifest: Manifest) -> Iterable[tuple[str, tuple[object, ...]]]:
    """Yields names with type and shape; the number of a budget's runs is left open."""
    for name, dtype in CELL_COLUMNS.items():
        yield name, (dtype, manifest.num_cells)
    for epochs in manifest.budgets:
        yield first_run_column(epochs), (_FIRST_RUN, manifest.num_cells + 1)
        yield runs_column(epochs), (_RUNS, 0, len(METRICS))
