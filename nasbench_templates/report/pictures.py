"""Makes figures of matplotlib, and writes them into files, whole or not at all.

Every picture is legible on white and in the dark. SVG has no background and a style sheet that
turns its text and axes light where the page is dark; pixels and PDF have dark text on white.
"""

import io
import pathlib
from typing import TYPE_CHECKING

from nasbench_templates.report import palette
from nasbench_templates.support import files

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SVG = "svg"
_DARK = (
    "<style>@media (prefers-color-scheme: dark) {"
    f' [style*="fill: {palette.INK}"] {{ fill: {palette.INK_ON_DARK} !important; }}'
    f' [style*="stroke: {palette.INK}"] {{ stroke: {palette.INK_ON_DARK} !important; }}'
    " }</style>"
)


def new_figure(width: float, height: float, layout: str = "constrained") -> "Figure":
    """Returns an empty figure of a size in inches.

    Args:
        width: in inches.
        height: in inches.
        layout: matplotlib's, `none` where axes are placed by hand.
    """
    # Without pyplot: no global state and no display needed.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout=layout)


def write(figure: "Figure", path: str | pathlib.Path) -> None:
    """Writes a figure in the format of the path's suffix.

    Raises:
        OSError: the file cannot be written; what was there stays.
    """
    import matplotlib

    path = pathlib.Path(path)
    kind = path.suffix.lstrip(".").lower()
    _ink(figure)
    # By way of memory: some of the writers end in an error of their own on a full disk.
    content = io.BytesIO()
    # The same figure gives the same file, whenever it is drawn.
    dates = {_SVG: "Date", "pdf": "CreationDate"}
    same = {"metadata": {dates[kind]: None}} if kind in dates else {}
    with matplotlib.rc_context({"svg.hashsalt": "nasbench_templates"}):
        figure.savefig(content, format=kind, dpi=150, transparent=kind == _SVG, **same)
    data = content.getvalue()
    if kind == _SVG:
        data = data.replace(b"<defs>", _DARK.encode() + b"\n <defs>", 1)
    with files.replacing(path) as partial:
        partial.write_bytes(data)


def _ink(figure: "Figure") -> None:
    """Gives text, frames and ticks the one colour that the style sheet knows."""
    from matplotlib.lines import Line2D
    from matplotlib.spines import Spine
    from matplotlib.text import Text

    figure.draw_without_rendering()  # ticks are made when they are drawn
    for artist in figure.findobj(Text):
        if _is_black(artist.get_color()):
            artist.set_color(palette.INK)
    for artist in figure.findobj(Spine):
        artist.set_edgecolor(palette.INK)
    for artist in figure.findobj(Line2D):
        if _is_black(artist.get_color()):
            artist.set_color(palette.INK)
        if _is_black(artist.get_markeredgecolor()):
            artist.set_markeredgecolor(palette.INK)


def _is_black(colour: object) -> bool:
    from matplotlib import colors

    return not any(colors.to_rgb(colour))
