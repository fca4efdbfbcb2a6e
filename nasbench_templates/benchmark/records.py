"""Looks up published NAS-Bench-101 records in small extracts of the benchmark.

Files are recognised by content: comma-separated rows (`csv_extract`) and JSON (`json_extract`),
plain or compressed with gzip. The complete TFRecord table is not read here.

    from nasbench_templates.benchmark import records

    record = records.find_record(["/data/nasbench101"], "00005c142e6f48ac74fdcf73e3439874")
    record.test_accuracy  # one value per known repeat, () if no file holds any
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from nasbench_templates.benchmark import csv_extract, json_extract
from nasbench_templates.benchmark import record as record_lib
from nasbench_templates.benchmark.record import Record
from nasbench_templates.errors import RecordError, describe

__all__ = ["Record", "Records", "find_record", "read_records"]

_SUFFIXES = (".csv", ".csv.gz", ".json", ".json.gz")
_GZIP_MAGIC = b"\x1f\x8b"
_HEAD_BYTES = 4096
# At least one of these words is near the beginning of every known layout.
_MARKS = (b"module_hash", b"computed_statistics", b"final_validation_accuracy")


class Records:
    """Records by module hash, in the order in which the files mention them.

    Args:
        records: records to collect; those of one hash are merged.

    Raises:
        RecordError: two records of one hash disagree on the graph or the parameter count.
    """

    def __init__(self, records: Iterable[Record] = ()):
        self._by_hash: dict[str, Record] = {}
        for record in records:
            known = self._by_hash.get(record.module_hash)
            merged = record_lib.merge(known, record) if known else record
            self._by_hash[record.module_hash] = merged

    def get(self, module_hash: str) -> Record | None:
        """Returns the record of a cell, or `None` if no file mentions it.

        Raises:
            RecordError: `module_hash` is not 32 lower-case hexadecimal digits.
        """
        return self._by_hash.get(record_lib.check_hash(module_hash))

    def __len__(self) -> int:
        return len(self._by_hash)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._by_hash.values())


def read_records(paths: Sequence[str | Path]) -> Records:
    """Returns every record in the given extracts, all of them checked.

    Records of one hash are merged: sources are joined with " + ", and a value that two files share
    is kept once.

    Args:
        paths: files, or folders of which every recognised file is read, in the order of names. In a
            folder, files of other kinds are passed over; `.csv`, `.csv.gz` and `.json` are not.

    Raises:
        RecordError: a path does not exist, a folder holds no extract, or a file is not recognised
            or damaged; the message has file name and line.
    """
    return Records(record for path in _files(paths) for record in _read(path))


def find_record(paths: Sequence[str | Path], module_hash: str) -> Record | None:
    """Returns the merged record of one cell, or `None` if no file mentions it.

    Faster than `read_records` for a single look-up: only rows of this cell are parsed and checked.

    Args:
        paths: as for `read_records`.
        module_hash: 32 lower-case hexadecimal digits.

    Raises:
        RecordError: as for `read_records`, or `module_hash` is malformed.
    """
    record_lib.check_hash(module_hash)
    found = (record for path in _files(paths) for record in _read(path, module_hash))
    return Records(found).get(module_hash)


def _files(paths: Sequence[str | Path]) -> Iterator[Path]:
    """Yields the files to read, those in folders only if they hold records or claim to."""
    for path in map(Path, paths):
        if not path.is_dir():
            yield path
            continue
        files = sorted(file for file in path.iterdir() if file.is_file())
        extracts = [file for file in files if file.name.endswith(_SUFFIXES) or _is_marked(file)]
        if not extracts:
            raise RecordError(
                f"{path}: expected a folder with NAS-Bench-101 extracts, "
                f"found none among {len(files)} files"
            )
        yield from extracts


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


def _read(path: Path, module_hash: str | None = None) -> Iterator[Record]:
    text = _text(path)
    layout = json_extract if text.lstrip()[:1] in ("{", "[") else csv_extract
    return layout.read(text, path.name, module_hash)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP_MAGIC):
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except OSError as error:  # gzip.BadGzipFile included
        raise RecordError(f"{path}: expected a readable file: {describe(error)}") from error
    except (EOFError, zlib.error) as error:
        raise RecordError(f"{path}: expected a complete gzip file: {describe(error)}") from error
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}: expected a text file in UTF-8: {error}") from error
