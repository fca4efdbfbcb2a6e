"""Looks up NAS-Bench-101 records at 108 epochs in any number of sources.

Sources are files and folders as in `sources`: small extracts of the benchmark, its TFRecord table,
record stores and our own results. Of a large table, import a store: it answers at once.

    from nasbench_templates.benchmark_records import records

    record = records.find_record(["/data/nasbench101"], "00005c142e6f48ac74fdcf73e3439874")
    record.test_accuracy  # one value per known repeat, () if no file holds any
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from nasbench_templates.benchmark_records import cell_record, reading, sources
from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.benchmark_records.benchmark_setting import Setting
from nasbench_templates.benchmark_records.cell_record import CellRecord
from nasbench_templates.benchmark_records.record108 import Record
from nasbench_templates.support.errors import RecordError

__all__ = ["Record", "Records", "find_cell", "find_record", "read_cells", "read_records"]


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
        paths: sources, or folders of which every recognised file is read, in the order of names. In
            a folder, files of other kinds are passed over; those with a source's suffix are not.

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


def find_cell(paths: Sequence[str | Path], module_hash: str) -> CellRecord | None:
    """Returns all budgets and repeats of one cell from the first source that has it, or `None`.

    Args:
        paths: as for `read_records`.
        module_hash: 32 lower-case hexadecimal digits.

    Raises:
        RecordError: as for `find_record`.
    """
    record_lib.check_hash(module_hash)
    for path in _files(paths):
        if parts := list(reading.read_cells(path, module_hash)):
            return cell_record.combine(parts)
    return None


def read_cells(
    paths: Sequence[str | Path], hashes: Collection[str] | None = None
) -> dict[str, CellRecord]:
    """Returns all budgets and repeats of every cell by hash, from the first source that has it.

    Args:
        paths: as for `read_records`.
        hashes: gives only these cells; of a record store, no others are read.

    Raises:
        RecordError: as for `read_records`.
    """
    found: dict[str, CellRecord] = {}
    for path in _files(paths):
        cells: dict[str, list[CellRecord]] = {}
        for cell in (
            reading.read_cells(path) if hashes is None else reading.find_cells(path, hashes)
        ):
            if cell.module_hash not in found:
                cells.setdefault(cell.module_hash, []).append(cell)
        found |= {name: cell_record.combine(parts) for name, parts in cells.items()}
    return found


def settings_of(path: str | Path) -> tuple[Setting, ...]:
    """Returns what the networks of a source were trained in, as far as it tells, each once.

    Args:
        path: as for `read_records`.

    Raises:
        RecordError: as for `read_records`.
    """
    found = (sources.setting_of(file) for file in _files([path]))
    return tuple(dict.fromkeys(filter(None, found)))


def _files(paths: Sequence[str | Path]) -> Iterator[Path]:
    """Yields the sources to read; of a folder that is none itself, those in it."""
    for path in map(Path, paths):
        if not path.is_dir() or sources.is_source(path):
            yield path
            continue
        files = sorted(file for file in path.iterdir() if file.is_file())
        found = [file for file in files if sources.is_source(file)]
        if not found:
            raise RecordError(
                f"{path}: expected a folder with NAS-Bench-101 extracts, "
                f"found none among {len(files)} files"
            )
        yield from found


def _read(path: Path, module_hash: str | None = None) -> Iterator[Record]:
    name = sources.name_of(path)
    return (cell.summary(name) for cell in reading.read_cells(path, module_hash))
