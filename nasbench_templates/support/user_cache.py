"""Where results that can be computed again are kept for the user's next start."""

import os
from pathlib import Path


def folder(kind: str) -> Path:
    """Returns this package's folder for one kind of result; it may not exist.

    It lies in `$XDG_CACHE_HOME`, else in `~/.cache`.
    """
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "nasbench_templates" / kind
