"""Checks the headers of image files before training starts, once for unchanged files.

What was found is kept in the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`), one small
file for each data set, and holds for as long as no file's name, size or time of change differs.
"""

import hashlib
import os
from pathlib import Path

from absl import logging

from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.images import image_decoding
from nasbench_templates.data.images.image_census import Census
from nasbench_templates.support import files as result_files
from nasbench_templates.support import user_cache
from nasbench_templates.support.errors import describe


def check(files: LabelledFiles) -> Census:
    """Returns the kinds of images in `files`, from the cache where it is known.

    Raises:
        DataError: some files are empty, not images, or have more than 8 bits a channel. That is
            never cached.
    """
    cached = cache_file(files.root)
    fingerprint = _fingerprint(files)
    known = _read(cached, fingerprint)
    if known is not None:
        return known
    census = image_decoding.take_census(image_decoding.from_files(files))
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        result_files.write_json(cached, {"files_sha256": fingerprint, "census": census.to_json()})
    except OSError as error:
        logging.info("image headers are not cached: %s", describe(error))
    return census


def cache_file(root: Path) -> Path:
    """Returns where the findings about the data set in `root` are kept."""
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    return user_cache.folder("image_headers") / f"{name}.json"


def _read(cached: Path, fingerprint: str) -> Census | None:
    try:
        content = result_files.read_json(cached)
        if content is None or content["files_sha256"] != fingerprint:
            return None
        return Census.from_json(content["census"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None  # damaged or of another form: looked at anew


def _fingerprint(files: LabelledFiles) -> str:
    digest = hashlib.sha256()
    for column in (files.sizes, files.mtimes_ns):
        digest.update(column.tobytes())
    digest.update(os.fsencode("\0".join(files.names)))
    return digest.hexdigest()
