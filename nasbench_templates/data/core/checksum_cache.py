"""The checksum of a data set that was read before, without reading it again.

It is found by the names, sizes and times of all files below the data set's folder, by what was
asked for and by what decodes it; if anything of that differs, it is not known. The state is taken
before the data are read, so that files that change meanwhile are not taken for the ones read:

    state = checksum_cache.state_of(info, folder, train_on="all")
    checksum = checksum_cache.known_checksum(state)
    if checksum is None:
        dataset = loading.load_found(info, folder).with_validation_in_training()
        checksum_cache.remember(state, dataset.checksum)
"""

import functools
import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from nasbench_templates.data.core import decoders
from nasbench_templates.data.core.dataset import DatasetInfo
from nasbench_templates.support import paths, user_cache

_KIND = "data_checksums"
_PACKAGE = __name__.partition(".")[0]
# Looking through more of them takes longer than it is worth: somebody's home, or a data set that is
# streamed, whose checksum needs a list of its files only.
_MOST_FILES = 200_000
# A file that was written just now may be written again without its time telling so.
_SETTLED_NS = 50_000_000


def state_of(info: DatasetInfo, data_dir: str | Path | None, **choices: object) -> str | None:
    """Returns what the checksum of a data set depends on, as a hash.

    Args:
        info: what `loading.find_info` found.
        data_dir: folder that was searched, `None` for data that are embedded or downloaded.
        choices: what is done to the data set once it is read, such as `train_on="all"`; anything
            that `json` can write.

    Returns:
        64 hexadecimal digits; `None` where that cannot be told: a data set read by somebody else's
        code, a folder of too many files or one that is being written to.
    """
    if not _reader(info).startswith(f"{_PACKAGE}."):
        return None
    files = _digest_of_files(_root(data_dir))
    if files is None:
        return None
    asked = {
        "name": info.name,
        "options": info.options,
        "choices": choices,
        "input_shape": info.input_shape,
        "num_classes": info.num_classes,
        "files": files,
        "decoders": decoders.signature(),
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def known_checksum(state: str | None) -> str | None:
    """Returns the checksum that was remembered for a state, `None` if none was."""
    content = None if state is None else user_cache.read(_KIND, state)
    checksum = None if content is None else content.get("checksum")
    return checksum if isinstance(checksum, str) else None


def remember(state: str | None, checksum: str) -> None:
    """Keeps the checksum of the data that were read in this state."""
    if state is not None:
        user_cache.write(_KIND, state, {"checksum": checksum})


def _reader(info: DatasetInfo) -> str:
    """Returns the module of the function that reads a data set."""
    read = info.load
    while isinstance(read, functools.partial):
        read = read.func
    return getattr(read, "__module__", None) or ""


def _root(data_dir: str | Path | None) -> Path:
    if data_dir is not None:
        # All of it: a subfolder of the data set's name is not the only place that is looked at.
        return paths.at_home(data_dir)
    # Where `keras.datasets` keeps its downloads.
    home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
    return Path(home) / "datasets"


def _digest_of_files(root: Path) -> str | None:
    digest = hashlib.sha256()
    newest = 0
    start = time.time_ns()
    for count, (name, status) in enumerate(_files(root), start=1):
        newest = max(newest, status.st_mtime_ns, status.st_ctime_ns)
        if count > _MOST_FILES or newest > start - _SETTLED_NS:
            return None
        # The time of the status too: a copy that keeps the other one is noticed.
        values = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        digest.update(os.fsencode(f"{name}\0{values}\n"))
    return digest.hexdigest()


def _files(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yields path and status of all files below a folder that are not hidden, in a fixed order."""
    seen = set()
    for folder, inner, names in os.walk(root, followlinks=True):
        place = os.stat(folder)
        if (place.st_dev, place.st_ino) in seen:
            inner.clear()  # a link to a folder above it, or to one that was looked through
            continue
        seen.add((place.st_dev, place.st_ino))
        inner[:] = sorted(name for name in inner if name[0] != ".")
        for name in sorted(names):
            path = os.path.join(folder, name)
            try:
                status = os.stat(path)
            except OSError:
                continue  # a link to nothing, or gone meanwhile: no reader sees it either
            if name[0] != ".":
                yield os.path.relpath(path, root), status
