"""What a user should know of the data that were read: what was left out, changed or looks wrong.

Notes are logged when a data set is loaded and stay with it, so that a run can keep them.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from absl import logging

# Names that a message lists before it only counts.
SHOWN = 3

SKIPPED = "skipped"  # files that were left out
CHANGED = "changed"  # images that were turned, laid on a background or converted
LABELS = "labels"  # labels or class names that look wrong
OFFICIAL = "official"  # whether the files are those of the data set of that name
CONSTANT = "constant"  # images of one colour
DUPLICATES = "duplicates"  # images that stand in two splits
PARTS = "parts"  # parts that serve as others than they are called


@dataclass(frozen=True, slots=True)
class Note:
    """One remark about a data set.

    Attributes:
        kind: one of the constants of this module.
        count: how many files, images or classes it is about.
        text: a sentence without the name of the data set.
        first: the first few names, in full.
        is_expected: whether all is as it should be; such a note is no warning.
    """

    kind: str
    count: int
    text: str
    first: tuple[str, ...] = ()
    is_expected: bool = False

    def to_json(self) -> dict[str, object]:
        """Returns the note for `json`."""
        return {**dataclasses.asdict(self), "first": list(self.first)}


def log(name: str, notes: Iterable[Note]) -> None:
    """Logs the notes of a data set, each in a line of its own."""
    for note in notes:
        level = logging.INFO if note.is_expected else logging.WARNING
        logging.log(level, "%s: %s", name, note.text)


def tallied(kind: str, title: str, groups: Mapping[str, Sequence[str]]) -> tuple[Note, ...]:
    """Returns one note about several groups of names, none if all are empty.

    Args:
        kind: of the note.
        title: what the names have in common, after their number.
        groups: what distinguishes a group -> its names.

    Example:
        >>> tallied(SKIPPED, "files were left out", {"no images": ["a.txt"]})[0].text
        '1 files were left out: 1 no images (a.txt)'
    """
    groups = {reason: names for reason, names in groups.items() if names}
    if not groups:
        return ()
    count = sum(map(len, groups.values()))
    texts = (f"{len(names)} {reason} ({shorten(names)})" for reason, names in groups.items())
    first = tuple(name for names in groups.values() for name in names[:SHOWN])
    return (Note(kind, count, f"{count} {title}: {'; '.join(texts)}", first),)


def shorten(names: Iterable[str], count: int | None = None, separator: str = ", ") -> str:
    """Returns the first few names and how many follow.

    Args:
        names: at least as many as are shown.
        count: how many there are where `names` does not hold all.
        separator: between names.

    Example:
        >>> shorten(["a", "b", "c", "d", "e"])
        'a, b, c and 2 more'
    """
    names = list(names)
    rest = (len(names) if count is None else count) - SHOWN
    shown = separator.join(names[:SHOWN])
    return f"{shown} and {rest} more" if rest > 0 else shown
