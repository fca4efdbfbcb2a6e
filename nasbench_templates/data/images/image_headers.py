"""Checks the headers of image files before training starts, once for unchanged files.

What was found is kept in the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`), one small
file for each data set, and holds for as long as no file's name, size or time of change differs, nor
what decodes them.
"""

import hashlib
import os
from pathlib import Path

from nasbench_templates.data.core import decoders
from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.images import image_decoding
from nasbench_templates.data.images.image_census import Census
from nasbench_templates.support import user_cache

KIND = "image_headers"


def check(files: LabelledFiles) -> Census:
    """Returns the kinds of images in `files`, from the cache where it is known.

    Raises:
        DataError: some files are empty, not images, or have more than 8 bits a channel. That is
            never cached.
    """
    name, fingerprint = entry_name(files.root), _fingerprint(files)
    known = _read(name, fingerprint)
    if known is not None:
        return known
    census = image_decoding.take_census(image_decoding.from_files(files))
    content = {"files_sha256": fingerprint, "census": census.to_json()}
    user_cache.write(KIND, name, content)
    return census


def entry_name(root: Path) -> str:
    """Returns what the findings about the data set in `root` are kept under."""
    return hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]


def _read(name: str, fingerprint: str) -> Census | None:
    content = user_cache.read(KIND, name)
    try:
        if content is None or content["files_sha256"] != fingerprint:
            return None
        census = content["census"]
        return Census.from_json(census) if isinstance(census, dict) else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None  # damaged or of another form: looked at anew


def _fingerprint(files: LabelledFiles) -> str:
    digest = hashlib.sha256(decoders.signature().encode())
    for column in (files.sizes, files.mtimes_ns):
        digest.update(column.tobytes())
    digest.update(os.fsencode("\0".join(files.names)))
    return digest.hexdigest()
