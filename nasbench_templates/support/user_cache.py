"""Where results that can be computed again are kept for the user's next start.

A cache is never needed: where there is no home, or the folder cannot be written to, results are
computed again, which is said once.
"""

from collections.abc import Mapping
from pathlib import Path

from absl import logging

from nasbench_templates.support import files
from nasbench_templates.support.errors import describe


def folder(kind: str) -> Path | None:
    """Returns this package's folder for one kind of result; it may not exist.

    It lies where the system keeps caches: on Linux in `$XDG_CACHE_HOME`, an absolute path, else in
    `~/.cache`. `None` for a user without either, such as a container's that runs under a number of
    its own.
    """
    # Loaded here: most commands keep nothing.
    import platformdirs

    try:
        base = platformdirs.user_cache_path("nasbench_templates", appauthor=False)
    except RuntimeError:
        return None
    # Without a home, versions before 4.14 answer `~/.cache`.
    return base / kind if base.is_absolute() else None


def read(kind: str, name: str) -> files.JsonObject | None:
    """Returns an entry as it was written; `None` if there is none that is whole."""
    path = _entry(kind, name)
    try:
        return None if path is None else files.read_json(path)
    except OSError:
        return None


def write(kind: str, name: str, content: Mapping[str, object]) -> None:
    """Keeps an entry, whole or not at all; where that cannot be, it is said once.

    Args:
        kind: the folder.
        name: of the entry in it, as a file's name without its ending.
        content: what `json` can write.
    """
    path = _entry(kind, name)
    if path is None:
        say_homeless()
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_json(path, content)
    except OSError as error:
        say_unwritable(error)


def say_unwritable(error: OSError) -> None:
    """Logs once why results are not kept for the next start."""
    logging.log_first_n(
        logging.WARNING, "nothing is cached for the next start: %s", 1, describe(error)
    )


def say_homeless() -> None:
    """Logs once that there is no folder for results to be kept in."""
    say_unwritable(OSError("there is no home folder; XDG_CACHE_HOME may name one"))


def _entry(kind: str, name: str) -> Path | None:
    place = folder(kind)
    return None if place is None else place / f"{name}.json"
