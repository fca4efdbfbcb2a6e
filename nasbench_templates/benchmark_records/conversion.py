"""Opens any source of records as a store, converting it once.

The store lies beside the source, or in a cache folder where that cannot be written to. Of several
processes that open one source, the first converts it and the others wait.
"""

import contextlib
import hashlib
import os
import pathlib
import shutil
import time
from collections.abc import Callable, Iterator

from absl import logging

from nasbench_templates.benchmark_records import store_format
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.support import locks, paths, user_cache
from nasbench_templates.support.errors import HeldError, RecordError

_SUFFIX = ".records"
# Told what takes time, and what was opened instead of a missing source.
Say = Callable[[str], object]


def open_records(
    source: str | pathlib.Path, *, say: Say = logging.info, shows_progress: bool = False
) -> RecordStore:
    """Returns the open store of a source.

    A source that changed since is converted again, and so is a store of an earlier version. Cells
    may have any number of repeats. Where a source is missing but its store is there, the store is
    opened.

    Args:
        source: a store, or any other source of records, see `sources`.
        say: told what takes time, and what was opened instead of a missing source.
        shows_progress: whether a conversion has a bar on standard error.

    Raises:
        RecordError: the source does not exist or is damaged.
        OSError: neither the source's folder nor the cache can be written to.
    """
    source = paths.at_home(source)
    folder = store_folder(source)
    if not source.exists():
        if not folder.is_dir():
            raise RecordError(f"{source}: expected a file or a folder, there is none")
        say(f"{source} is missing; its records are read from {folder}")
        return RecordStore.open(folder)
    if source.is_dir() and store_format.is_store(source):
        return RecordStore.open(source)
    if not _is_current(folder, source):
        with _alone(folder, say):
            # Another process may have made it in the meantime.
            if not _is_current(folder, source):
                _convert(source, folder, say, shows_progress)
    return RecordStore.open(folder)


def _is_current(folder: pathlib.Path, source: pathlib.Path) -> bool:
    """Returns whether a folder holds the store of a source as it is now."""
    from nasbench_templates.benchmark_records import importing

    try:
        known = store_format.read_manifest(folder)
    except store_format.OldStoreError:
        return False
    return known is not None and importing.is_from(known, source)


def _convert(source: pathlib.Path, folder: pathlib.Path, say: Say, shows_progress: bool) -> None:
    from nasbench_templates.benchmark_records import importing

    if store_format.is_store(folder):
        # Made here from an earlier state of the source, or by an earlier version; who has it open
        # keeps it.
        shutil.rmtree(folder)
    say(f"{source}: converting it once to {folder}; from then on it opens at once")
    start = time.monotonic()
    with _bar(source, shows_progress) as on_progress:
        result = importing.import_records(source, folder, num_repeats=None, on_progress=on_progress)
    say(
        f"{result.manifest.num_records} records of {result.manifest.num_cells} cells in "
        f"{time.monotonic() - start:.1f} s, every checksum and every hash verified"
    )


@contextlib.contextmanager
def _bar(source: pathlib.Path, is_shown: bool) -> Iterator[Callable[[int], None] | None]:
    if not is_shown or not source.is_file():
        yield None
        return
    import tqdm

    with tqdm.tqdm(
        total=source.stat().st_size, unit="B", unit_scale=True, desc=source.name, dynamic_ncols=True
    ) as bar:
        yield bar.update


@contextlib.contextmanager
def _alone(folder: pathlib.Path, say: Say) -> Iterator[None]:
    """Holds the lock of a conversion in the block; waits for who has it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    path = folder.with_name(f".{folder.name}.lock")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locks.held(path, folder))
        except HeldError:
            say(f"{folder}: another process converts it; waiting until it is there")
            stack.enter_context(locks.held(path, folder, is_waiting=True))
        yield


def store_folder(source: pathlib.Path) -> pathlib.Path:
    """Returns where the store of a source is kept."""
    beside = source.with_name(source.name + _SUFFIX)
    if os.access(source.resolve().parent, os.W_OK) or store_format.is_store(beside):
        return beside
    # Sources of one name may lie in several folders.
    place = hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:12]
    cache = user_cache.folder("records")
    return beside if cache is None else cache / f"{source.name}-{place}{_SUFFIX}"
