"""Opens any source of records as a store, converting it once.

The store lies beside the source, or in a cache folder where that cannot be written to.
"""

import hashlib
import os
import pathlib
import shutil

from absl import logging

from nasbench_templates.benchmark_records import store_format
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.support.errors import RecordError

_SUFFIX = ".records"


def open_records(source: str | pathlib.Path) -> RecordStore:
    """Returns the open store of a source.

    A source that changed since is converted again. Cells may have any number of repeats.

    Args:
        source: a store, or any other source of records, see `sources`.

    Raises:
        RecordError: the source does not exist or is damaged.
        OSError: neither the source's folder nor the cache can be written to.
    """
    source = pathlib.Path(source)
    if not source.exists():
        raise RecordError(f"{source}: expected a file or a folder, there is none")
    if source.is_dir() and store_format.read_manifest(source) is not None:
        return RecordStore.open(source)
    from nasbench_templates.benchmark_records import importing

    folder = store_folder(source)
    known = store_format.read_manifest(folder) if folder.is_dir() else None
    if known is not None and not importing.is_from(known, source):
        # Made here from an earlier version of the source; who has it open keeps it.
        shutil.rmtree(folder)
        known = None
    if known is None:
        logging.info("%s: converted once to %s", source, folder)
        importing.import_records(source, folder, num_repeats=None)
    return RecordStore.open(folder)


def store_folder(source: pathlib.Path) -> pathlib.Path:
    """Returns where the store of a source is kept."""
    if os.access(source.resolve().parent, os.W_OK):
        return source.with_name(source.name + _SUFFIX)
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    # Sources of one name may lie in several folders.
    place = hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:12]
    return cache / "nasbench_templates" / f"{source.name}-{place}{_SUFFIX}"
