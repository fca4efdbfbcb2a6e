"""Feature maps on disk, found again by what they were computed from.

An entry's name is a hash of the clip's content, of every setting and of what decodes it, so that
a change of any never meets an old entry. An entry opens with the SHA-256 of the rest: one that is
damaged is computed again.

    cache = FeatureCache(folder)
    key = entry_key(content, form, front_end)
    features = cache.read(key)  # None: not there, or damaged
"""

import dataclasses
import hashlib
import io
import json
from pathlib import Path

import numpy as np
from absl import logging

from nasbench_templates.data.audio.decoding import ClipFormat
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.data.core import decoders
from nasbench_templates.support import files, user_cache

_DIGEST_BYTES = hashlib.sha256().digest_size
_LOGGED_FAULTS = 3


def entry_key(content: bytes, form: ClipFormat, front_end: FrontEnd) -> str:
    """Returns the name of the entry for the features of a clip, 64 hexadecimal digits.

    Args:
        content: the audio file.
        form: what its samples are brought to.
        front_end: what is computed from them.
    """
    settings = {
        "decoders": decoders.signature(),
        "clip_sha256": hashlib.sha256(content).hexdigest(),
        "format": dataclasses.asdict(form),
        "front_end": dataclasses.asdict(front_end),
    }
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


@dataclasses.dataclass(frozen=True, slots=True)
class FeatureCache:
    """Entries in one folder, which several processes may share.

    Attributes:
        folder: created with the first entry; `None`: nothing is kept.
    """

    folder: Path | None

    def read(self, key: str) -> np.ndarray | None:
        """Returns the features of an entry; `None` if there is none, or it is damaged."""
        if self.folder is None:
            return None
        try:
            stored = self.path(key).read_bytes()
        except OSError:
            return None
        digest, content = stored[:_DIGEST_BYTES], stored[_DIGEST_BYTES:]
        if hashlib.sha256(content).digest() != digest:
            logging.log_first_n(
                logging.WARNING,
                "%s: damaged feature cache entry, computed again",
                _LOGGED_FAULTS,
                self.path(key),
            )
            return None
        return np.load(io.BytesIO(content), allow_pickle=False)

    def write(self, key: str, features: np.ndarray) -> None:
        """Writes an entry, whole or not at all; a folder that cannot be written to is logged."""
        if self.folder is None:
            user_cache.say_homeless()
            return
        buffer = io.BytesIO()
        np.save(buffer, features, allow_pickle=False)
        content = buffer.getvalue()
        path = self.path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with files.replacing(path) as partial:
                partial.write_bytes(hashlib.sha256(content).digest() + content)
        except OSError as error:
            user_cache.say_unwritable(error)

    def path(self, key: str) -> Path:
        """Returns the file of an entry in the folder, whether it exists or not."""
        if self.folder is None:
            raise ValueError(f"expected a cache with a folder for {key}, this one keeps nothing")
        return self.folder / key[:2] / f"{key}.features"
