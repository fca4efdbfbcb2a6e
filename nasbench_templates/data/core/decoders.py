"""What decides which values a file is read as, besides the file and the user's choices.

Whatever is cached for a data set's files holds only as long as this stays.
"""

import functools
import hashlib
from importlib import metadata
from pathlib import Path

_ROOM = Path(__file__).parents[1]
# They decode, resample or scale, or hold a data set (the digits).
_LIBRARIES = (
    "librosa", "numpy", "pillow", "pyarrow", "scikit-learn", "scipy", "soundfile", "soxr",
)  # fmt: skip


@functools.lru_cache(maxsize=1)
def signature() -> str:
    """Returns a hash of the libraries' versions and of this room's sources.

    The sources stand for a version of their own, which somebody would have to remember to raise.
    """
    digest = hashlib.sha256()
    for name in _LIBRARIES:
        digest.update(f"{name} {_version(name)}\n".encode())
    for path in sorted(_ROOM.rglob("*.py")):
        digest.update(str(path.relative_to(_ROOM)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None
