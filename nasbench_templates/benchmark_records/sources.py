"""Everything that holds records of cells, read the same way.

A source is recognised by content: comma-separated rows (`csv_extract`, trainings of EC-NAS:
`ec_nas_csv`, or anybody's: `own_tables`) and JSON (`json_extract`, or lines of it: `own_tables`),
plain or compressed with gzip; the benchmark's TFRecord table; a record store; and a folder with
results of `evaluate` (`own_results`).
"""

import contextlib
import itertools
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from nasbench_templates.benchmark_records import (
    benchmark_setting,
    csv_extract,
    ec_nas_csv,
    json_extract,
    own_results,
    own_tables,
    store_format,
)
from nasbench_templates.benchmark_records.benchmark_setting import Setting
from nasbench_templates.benchmark_records.cell_record import CellRecord, Located
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.support import texts
from nasbench_templates.support.errors import DataError, RecordError, describe

_SUFFIXES = (".csv", ".csv.gz", ".json", ".json.gz", ".jsonl", ".jsonl.gz", ".tfrecord")
_LINES = (".jsonl", ".jsonl.gz")
_GZIP_MAGIC = b"\x1f\x8b"
_HEAD_BYTES = 4096
_CELLS_AT_ONCE = 4096
# At least one of these words is near the beginning of every known layout.
_MARKS = (b"module_hash", b"computed_statistics", b"final_validation_accuracy")


def is_source(path: Path) -> bool:
    """Returns whether a file or folder is a source by itself, judged by its name and first bytes.

    A file that claims to be one by its name counts, so that a damaged one is not passed over.
    """
    if path.is_dir():
        return store_format.is_store(path) or own_results.is_results(path)
    return path.name.endswith(_SUFFIXES) or is_table(path) or _is_marked(path)


def is_table(path: Path) -> bool:
    """Returns whether a path is a file of the benchmark's TFRecord format."""
    from nasbench_templates.benchmark_records import tfrecord

    try:
        return path.is_file() and tfrecord.is_tfrecord(path)
    except OSError as error:
        raise RecordError(f"{path}: expected a readable file: {describe(error)}") from error


def name_of(path: Path) -> str:
    """Returns what to call a source: its file's name, or what a store was imported from."""
    manifest = store_format.read_manifest(path) if path.is_dir() else None
    return manifest.source.name if manifest else path.resolve().name


def setting_of(path: Path) -> Setting | None:
    """Returns what the networks of a source were trained in, `None` where that is not known.

    Raises:
        RecordError: the source is damaged.
    """
    if not path.is_dir():
        is_own = not is_table(path) and _layout(path) is own_tables
        return None if is_own else benchmark_setting.BENCHMARK
    if own_results.is_results(path):
        return own_results.setting_of(path)
    manifest = store_format.read_manifest(path)
    is_known = manifest is not None and manifest.source.has_benchmark_setting
    return benchmark_setting.BENCHMARK if is_known else None


def read_stored(path: Path, module_hash: str | None = None) -> Iterator[CellRecord]:
    """Yields the cells of a source that is no table; a cell may come more than once.

    Args:
        path: the source.
        module_hash: reads only this cell; the others are passed over, where possible unchecked.

    Raises:
        RecordError: the source is damaged or none.
    """
    if path.is_dir():
        yield from _read_folder(path, module_hash)
    else:
        yield from _identified(_located(path, module_hash), path.name)


def _identified(records: Iterator[Located], name: str) -> Iterator[CellRecord]:
    """Yields records whose hashes are those of their graphs.

    Raises:
        RecordError: one is not; the message has the place.
    """
    while batch := list(itertools.islice(records, _CELLS_AT_ONCE)):
        from nasbench_templates.benchmark_records import graph_identity

        cells = [record.cell for record in batch]
        try:
            graph_identity.check(cells, [record.where for record in batch])
        except RecordError as error:
            raise RecordError(f"{name}: {error}") from None
        yield from cells


def _read_folder(path: Path, module_hash: str | None) -> Iterator[CellRecord]:
    if own_results.is_results(path):
        yield from own_results.read(path, module_hash)
        return
    store = RecordStore.open(path)
    if module_hash is None:
        store.verify()
        yield from store
    elif (found := store.get(module_hash)) is not None:
        yield found


def _located(path: Path, module_hash: str | None) -> Iterator[Located]:
    """Yields the records of a file; raises as `read_stored`."""
    layout = _layout(path)
    with _readable():
        if layout is json_extract:
            yield from layout.read(texts.read_whole(path), path.name, module_hash)
            return
        with texts.opened(path) as file:
            lines = (line.rstrip("\n") for line in texts.lines(file, path.name))
            yield from layout.read(lines, path.name, module_hash)


def _layout(path: Path) -> ModuleType:
    """Returns the module that reads a file, judged by its first line that is not blank.

    Raises:
        RecordError: it cannot be read, the line is too long for a table, or no layout's.
    """
    with _readable(), texts.opened(path) as file:
        # One object or list may be a line of any length, which its reader limits.
        while (first := file.readline(texts.LONGEST_LINE)).isspace():
            pass
        first = first.lstrip()
        if first.startswith(("{", "[")) and not path.name.endswith(_LINES):
            return own_tables if own_tables.is_json_lines(first) else json_extract
    if first.startswith(("{", "[")):
        return own_tables
    if ec_nas_csv.is_layout(first):
        return ec_nas_csv
    if own_tables.is_csv(first) and not csv_extract.is_layout(first):
        return own_tables
    columns = csv_extract.columns_of(first)
    if columns and not csv_extract.is_layout(first):
        raise RecordError(
            f"{path.name}: line 1: {csv_extract.EXPECTED}, or a table of your own with the columns "
            f"{own_tables.EXPECTED}; received the columns {', '.join(columns)[:200]}"
        )
    return csv_extract


def _is_marked(path: Path) -> bool:
    """Returns whether the head of a file looks like an extract, without reading all of it."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
        if head.startswith(_GZIP_MAGIC):
            head = zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES)
    except (OSError, zlib.error):
        return False
    return any(mark in head for mark in _MARKS)


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """Lets faults of a file be faults of records.

    Raises:
        RecordError: in the place of the block's other errors.
    """
    try:
        yield
    except DataError as error:
        raise RecordError(describe(error)) from error
    except OSError as error:
        raise RecordError(
            f"{error.filename}: expected a readable file: {describe(error)}"
        ) from error
