"""How a template looks in every picture: its colour, marker and line.

One colour for a template, wherever it is drawn, each with a contrast of at least 3:1 to white and
to the dark of a page (`DARK_PAGE`), so that one file serves both. Markers tell them apart without
colour. What keeps a total of filters instead of a cost (the drafts) is dashed; distributions that
have no name of their own, such as shapes by numbers, take the remaining colours, always the same
one for the same name.
"""

import zlib
from typing import NamedTuple

BASE = "base"
DARK_PAGE = "#14181e"
# Text and axes on white, and what a picture's style sheet makes of them on a dark page.
INK, INK_ON_DARK = "#222222", "#dddddd"
# What is there for comparison: other records, lines of reference.
FAINT = "#8a8a8a"


class Look(NamedTuple):
    """How one template is drawn.

    Attributes:
        colour: as `#rrggbb`.
        marker: of matplotlib.
        line: style of matplotlib.
    """

    colour: str
    marker: str = "o"
    line: str = "-"


_LOOKS = {
    BASE: Look("#7a7a7a", "o"),
    "a": Look("#d1600f", "^"),
    "b": Look("#2a7fc0", "s"),
    "c": Look("#12906c", "v"),
    "d": Look("#b5589f", "D"),
    "e": Look("#a47a10", "X"),
    "unchanged": Look("#7a7a7a", "o", "--"),
    "reverse": Look("#12906c", "<", "--"),
    "uniform": Look("#2a7fc0", "s", "--"),
    "quadratic": Look("#a47a10", "X", "--"),
    "quadratic_max": Look("#c9484f", "P", "--"),
    "negative_quadratic": Look("#b5589f", "D", "--"),
}
_OTHERS = (
    Look("#6c74d6", "h", "-."), Look("#c9484f", "P", "-."), Look("#5c8a1e", "p", "-."),
    Look("#9a6cc4", "*", "-."), Look("#2590a0", ">", "-."), Look("#b0685a", "d", "-."),
)  # fmt: skip


def look(name: str) -> Look:
    """Returns how a template, or whatever else a line stands for, is drawn.

    Args:
        name: of a template; also with words after it, as tables show them (`b flat`).
    """
    known = _LOOKS.get(name) or _LOOKS.get(name.split(" ", 1)[0])
    return known or _OTHERS[zlib.crc32(name.encode()) % len(_OTHERS)]


def looks(names: "list[str] | tuple[str, ...]") -> dict[str, Look]:
    """Returns how several things in one picture are drawn; what has no look of its own differs.

    Args:
        names: in the order in which they appear.
    """
    others = [name for name in names if look(name) in _OTHERS]
    spread = {name: _OTHERS[place % len(_OTHERS)] for place, name in enumerate(others)}
    return {name: spread.get(name) or look(name) for name in names}


def contrast(first: str, second: str) -> float:
    """Returns the contrast of two colours by WCAG 2.2, 1 to 21.

    Example:
        >>> round(contrast("#ffffff", "#000000"))
        21
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
