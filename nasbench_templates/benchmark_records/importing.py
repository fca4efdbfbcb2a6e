"""Turns a source of records into a store: once, whole or not at all.

A store is written beside its final place and renamed when it is complete. What a killed import
leaves is removed by the next one; file locks tell it from an import that is still alive.
"""

import contextlib
import dataclasses
import hashlib
import itertools
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Iterator

import numpy as np

from nasbench_templates.benchmark_records import (
    benchmark_setting,
    sources,
    store_format,
    table_rows,
    tfrecord,
)
from nasbench_templates.benchmark_records.faults import Faults
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.benchmark_records.store_format import Manifest, Source
from nasbench_templates.benchmark_records.store_writer import StoreWriter
from nasbench_templates.support import files, locks
from nasbench_templates.support.errors import ConfigError, HeldError, RecordError, describe

# Of the published table: every cell was trained three times in every budget.
NUM_REPEATS = 3
_READ_BYTES = 1 << 20
_LOCK = ".lock"
_CELLS_AT_ONCE = 4096

# Called with the number of bytes of the source that were read.
OnProgress = Callable[[int], None]


@dataclasses.dataclass(frozen=True, slots=True)
class ImportResult:
    """The outcome of an import.

    Attributes:
        manifest: of the store.
        is_new: whether anything was written; if not, the source had been imported before.
        messages: descriptions of the first faults that were passed over.
    """

    manifest: Manifest
    is_new: bool
    messages: tuple[str, ...] = ()


def import_records(
    source: str | pathlib.Path,
    output: str | pathlib.Path,
    *,
    skip_damaged: bool = False,
    num_repeats: int | None = NUM_REPEATS,
    on_progress: OnProgress | None = None,
) -> ImportResult:
    """Imports a source into a new store.

    Args:
        source: a TFRecord file, an extract (CSV or JSON), or a folder with results of `evaluate`.
        output: a folder that does not exist or is empty, or holds the store of this source.
        skip_damaged: whether to leave damaged records out instead of refusing the source.
        num_repeats: how many runs a TFRecord file has of every cell and budget; `None` where that
            may differ. Other sources may always differ.
        on_progress: told of the bytes that were read.

    Raises:
        ConfigError: the output holds something else, or what these settings would have refused.
        RecordError: the source is damaged, or none; or the output holds a damaged store.
        OSError: the output cannot be written.
    """
    source, output = pathlib.Path(source), pathlib.Path(output).resolve()
    if not source.exists():
        raise RecordError(f"{source}: expected a file or a folder, there is none")
    if not sources.is_source(source):
        where = f"{source.name}: record 1 at byte 0" if source.is_file() else source
        raise RecordError(
            f"{where}: expected a TFRecord table, a CSV or JSON extract or results of evaluate, "
            "received none of them"
        )
    if not sources.is_table(source):
        num_repeats = None
    known = known_import(source, output)
    if known is not None:
        _check_imported_alike(output, known, skip_damaged, num_repeats)
        return ImportResult(known, is_new=False)
    faults = Faults(source.name, skip=skip_damaged)
    with _new_folder(output) as folder:
        writer = StoreWriter(
            folder, faults, num_repeats, has_identities=not sources.is_table(source)
        )
        with contextlib.closing(writer):
            described = _fill(writer, source, faults, on_progress or (lambda count: None))
            manifest = writer.finish(described)
        if not manifest.num_cells:
            raise RecordError(f"{source}: expected at least one whole record, found none")
        try:
            folder.rename(output)
        except OSError:
            # Another process may have imported the same source in the meantime.
            known = known_import(source, output)
            if known is None:
                raise
            _check_imported_alike(output, known, skip_damaged, num_repeats)
            return ImportResult(known, is_new=False)
    return ImportResult(manifest, is_new=True, messages=faults.messages)


def known_import(source: pathlib.Path, output: pathlib.Path) -> Manifest | None:
    """Returns the manifest in `output` if it holds this source's store, `None` if it is free.

    The store is verified.

    Raises:
        ConfigError: it holds something else.
        RecordError: it holds a damaged store, or one of an earlier version.
    """
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return None
    manifest = store_format.read_manifest(output)
    if manifest is None:
        raise ConfigError(f"{output}: expected a new or empty folder, it holds other files")
    if not is_from(manifest, source):
        raise ConfigError(
            f"{output}: expected a new or empty folder, it holds records of "
            f"{manifest.source.name} with other contents; remove it or choose another"
        )
    store = RecordStore.open(output)
    store.verify()
    return store.manifest


def _check_imported_alike(
    output: pathlib.Path, known: Manifest, skip_damaged: bool, num_repeats: int | None
) -> None:
    """Checks that these settings would not have refused the source of a store.

    Raises:
        ConfigError: they would have.
    """
    if skip_damaged:
        return
    if known.skipped:
        raise ConfigError(
            f"{output}: expected all records of {known.source.name}, it was imported without "
            f"{known.skipped} that are damaged; accept that with --on_error=skip, or remove it"
        )
    if num_repeats is None:
        return
    store = RecordStore.open(output)
    for epochs in store.budgets:
        counts = np.diff(store.column(store_format.first_run_column(epochs)).array)
        if (counts != num_repeats).any():
            raise ConfigError(
                f"{output}: expected {num_repeats} runs of every cell and {epochs} epochs, it was "
                f"imported with {counts.min()} to {counts.max()}; --num_repeats=0 takes any "
                "number, --on_error=skip takes fewer"
            )


def is_from(manifest: Manifest, source: pathlib.Path) -> bool:
    """Returns whether a store was imported from a source as it is now."""
    found = _describe(source, None)
    if found.num_bytes != manifest.source.num_bytes:
        return False
    if found.modified_ns == manifest.source.modified_ns and found.name == manifest.source.name:
        return True
    return _describe(source, _checksum(source)).sha256 == manifest.source.sha256


def _fill(
    writer: StoreWriter, source: pathlib.Path, faults: Faults, on_progress: OnProgress
) -> Source:
    """Gives every row of the source to the writer and returns what the source is."""
    # Before reading: a source that changes meanwhile shall not be taken for the imported one.
    described = _describe(source, None)
    if not sources.is_table(source):
        checksum = _checksum(source)
        cells = sources.read_stored(source)
        for first in itertools.count(1, _CELLS_AT_ONCE):
            batch = list(itertools.islice(cells, _CELLS_AT_ONCE))
            if not batch:
                break
            writer.add(table_rows.from_cells(batch, first))
        on_progress(described.num_bytes)
    else:
        digest = hashlib.sha256()

        def on_block(block: bytes) -> None:
            digest.update(block)
            on_progress(len(block))

        for frames in tfrecord.read_frames(source, faults, on_block):
            writer.add(table_rows.decode(frames, faults))
        checksum = digest.hexdigest()
    is_benchmark = sources.setting_of(source) == benchmark_setting.BENCHMARK
    return dataclasses.replace(described, sha256=checksum, has_benchmark_setting=is_benchmark)


def _contents(source: pathlib.Path) -> list[pathlib.Path]:
    if source.is_file():
        return [source]
    return sorted(path for path in source.rglob("*.json*") if path.is_file())


def _describe(source: pathlib.Path, checksum: str | None) -> Source:
    status = [path.stat() for path in _contents(source)]
    return Source(
        name=source.resolve().name,
        num_bytes=sum(each.st_size for each in status),
        sha256=checksum or "",
        modified_ns=max((each.st_mtime_ns for each in status), default=0),
    )


def _checksum(source: pathlib.Path) -> str:
    digest = hashlib.sha256()
    for path in _contents(source):
        try:
            with path.open("rb") as file:
                while block := file.read(_READ_BYTES):
                    digest.update(block)
        except OSError as error:
            raise RecordError(f"{path}: expected a readable file: {describe(error)}") from error
    return digest.hexdigest()


@contextlib.contextmanager
def _new_folder(output: pathlib.Path) -> Iterator[pathlib.Path]:
    """Gives a folder beside `output` that is removed at the end, unless it was renamed."""
    parent = output.parent
    files.check_writable(parent)
    prefix = f".partial-{output.name}-"
    with contextlib.ExitStack() as stack:
        with locks.held(parent / f".{output.name}.importing", output, is_waiting=True):
            for left in parent.glob(f"{prefix}*"):
                _remove_if_abandoned(left)
            folder = pathlib.Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
            # Until this process ends, in whatever way: tells a living import from a killed one.
            stack.enter_context(locks.held(_lock_of(folder), folder))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o777 & ~files.umask())
        with files.naming(output):
            yield folder


def _lock_of(folder: pathlib.Path) -> pathlib.Path:
    # Beside it: what is in the folder becomes part of the store.
    return folder.with_name(f"{folder.name}{_LOCK}")


def _remove_if_abandoned(left: pathlib.Path) -> None:
    """Removes a folder that no process fills, and its lock; either may be left alone."""
    folder = left.with_name(left.name.removesuffix(_LOCK))
    with (
        contextlib.suppress(HeldError, OSError),
        locks.held(_lock_of(folder), folder) as is_certain,
    ):
        if is_certain:
            shutil.rmtree(folder, ignore_errors=True)
