"""Finds the files of one kind below a folder, at any depth, and tells which others are there.

What a file holds is told by its ending; files without a known one are opened and looked at.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nasbench_templates.data.core import notes
from nasbench_templates.data.core.notes import Note

# Folders that systems and programs leave beside or in the user's own: copies of macOS, thumbnails
# and waste bins of storage servers, notebooks' copies, compiled Python.
_LEFT_BEHIND = frozenset(
    (
        "__macosx", "@eadir", "#recycle", "@recycle", "@recently-snapshot", ".ipynb_checkpoints",
        "__pycache__", "$recycle.bin", "system volume information", "lost+found",
    )
)  # fmt: skip
HIDDEN = "hidden"
BROKEN = "links to nothing"
CIRCLES = "links to folders that were read already, or hold them"
DEVICES = "pipes or devices"
SYSTEM = "folders of the system"
LOOSE = "beside the class folders"
UNKNOWN_FOLDERS = "folders beside the parts"


@dataclass(frozen=True, slots=True)
class FileKind:
    """What files are looked for.

    Attributes:
        noun: what they are called, in the plural.
        suffixes: their endings, in lower case.
        reads: tells of a file with another ending whether it holds such content.
    """

    noun: str
    suffixes: frozenset[str]
    reads: Callable[[str], bool]

    def has_ending(self, name: str) -> bool:
        """Returns whether a file's name has one of the endings."""
        return os.path.splitext(name)[1].lower() in self.suffixes


@dataclass(slots=True)
class Skipped:
    """Files and folders that were left out, by reason, with paths below the data set's folder."""

    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        """Notes one."""
        self.names.setdefault(reason, []).append(name)

    def notes(self) -> tuple[Note, ...]:
        """Returns a note with counts and first names, none if nothing was left out."""
        return notes.tallied(notes.SKIPPED, "files or folders were left out", self.names)


def is_left_behind(name: str) -> bool:
    """Returns whether a folder of this name is the system's, never a class of the user's."""
    return name.lower() in _LEFT_BEHIND


def find(
    folder: Path, kind: FileKind, place: str = "", skipped: Skipped | None = None
) -> dict[str, os.stat_result]:
    """Returns the files of a kind in a folder and below it; none if it is no folder.

    Args:
        folder: searched; links are followed, hidden folders are not.
        kind: of the files.
        place: what stands before the names of files that are left out.
        skipped: receives them.

    Returns:
        Path below `folder`, with `/`, and status of each, sorted by path.
    """
    skipped = Skipped() if skipped is None else skipped
    # What is above holds other classes too: a link there would give this one theirs.
    seen = set(map(_identity, folder.resolve().parents))
    found = {}
    for top, inner, names in os.walk(folder, followlinks=True):
        below = os.path.relpath(top, folder).replace(os.sep, "/").removeprefix(".")
        base = f"{below}/" if below else ""
        identity = _identity(top)
        if identity in seen:
            inner.clear()
            skipped.add(CIRCLES, f"{place}{below}")
            continue
        seen.add(identity)
        inner[:] = _own_folders(inner, f"{place}{base}", skipped)
        for name in sorted(names):
            status = _examine(top, name, kind, f"{place}{base}{name}", skipped)
            if status is not None:
                found[f"{base}{name}"] = status
    return dict(sorted(found.items()))


def _identity(folder: str | Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def holds(folder: Path, kind: FileKind) -> bool:
    """Returns whether a folder or one below it holds a file of a kind."""
    return any(
        kind.has_ending(name) or kind.reads(os.path.join(top, name))
        for top, name in _visible(folder)
    )


def count(folder: Path, kind: FileKind) -> int:
    """Returns how many files in a folder and below it have the ending of a kind."""
    return sum(kind.has_ending(name) for _, name in _visible(folder))


def _visible(folder: Path) -> Iterator[tuple[str, str]]:
    for top, inner, names in os.walk(folder):
        inner[:] = _own_folders(inner, "", Skipped())
        # Opening a pipe would wait for somebody to write into it.
        yield from (
            (top, name)
            for name in names
            if name[0] != "." and os.path.isfile(os.path.join(top, name))
        )


def _own_folders(names: list[str], place: str, skipped: Skipped) -> list[str]:
    own = []
    for name in sorted(names):
        if is_left_behind(name):
            skipped.add(SYSTEM, f"{place}{name}")
        elif name[0] == ".":
            skipped.add(HIDDEN, f"{place}{name}")
        else:
            own.append(name)
    return own


def _examine(
    top: str, name: str, kind: FileKind, shown: str, skipped: Skipped
) -> os.stat_result | None:
    """Returns the status of a file of the kind; `None` for another, which is noted."""
    path = os.path.join(top, name)
    if name[0] == ".":
        skipped.add(HIDDEN, shown)
        return None
    try:
        status = os.stat(path)
    except OSError:
        skipped.add(BROKEN, shown)
        return None
    if not stat.S_ISREG(status.st_mode):
        skipped.add(DEVICES, shown)
        return None
    if kind.has_ending(name) or kind.reads(path):
        return status
    skipped.add(f"no {kind.noun}", shown)
    return None
