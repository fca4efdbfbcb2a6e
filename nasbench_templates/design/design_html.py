"""Designs as a table for notebooks, with their widths as small pictures."""

import html
from collections.abc import Sequence
from typing import NamedTuple

_HEIGHT, _BAR, _GAP = 24, 4, 1
# Numbers stand to the right on one line.
_NUMBER = ' style="text-align: right; white-space: nowrap"'
FIGURES = ("MMACs", "% of base", "gap", "params")


class Row(NamedTuple):
    """What a table shows of one design; `gap` is in the quantity that `gap_title` names."""

    template: str
    filters: tuple[int, ...]
    macs: int
    macs_percent_of_base: float
    gap_title: str
    gap: float
    params: int

    @property
    def figures(self) -> tuple[str, ...]:
        """What stands below `FIGURES`, as texts."""
        return (
            f"{self.macs / 1e6:.2f}",
            f"{self.macs_percent_of_base:.1f}",
            f"{self.gap_title} {100 * self.gap:+.2f} %",
            f"{self.params:,}",
        )


def table(name: str, rows: Sequence[Row]) -> str:
    """Returns the table of designs of one network, as HTML."""
    widest = max((max(row.filters) for row in rows), default=1)
    head = _cells("th", "template", "widths", FIGURES)
    body = "".join(_row(row, widest) for row in rows)
    return f"<table><caption>{html.escape(name)}</caption><tr>{head}</tr>{body}</table>"


def _row(row: Row, widest: int) -> str:
    picture = widths_svg(row.filters, widest)
    return f"<tr>{_cells('td', html.escape(row.template), picture, row.figures)}</tr>"


def _cells(kind: str, name: str, picture: str, figures: Sequence[str]) -> str:
    numbers = "".join(f"<{kind}{_NUMBER}>{each}</{kind}>" for each in figures)
    return f"<{kind}>{name}</{kind}><{kind}>{picture}</{kind}>{numbers}"


def widths_svg(filters: tuple[int, ...], widest: int) -> str:
    """Returns widths as a small picture of bars, as SVG.

    Args:
        filters: of every slot, in order.
        widest: the width that fills the picture's height.
    """
    bars = "".join(
        f'<rect x="{index * (_BAR + _GAP)}" y="{_HEIGHT * (1 - width / widest):.1f}" '
        f'width="{_BAR}" height="{_HEIGHT * width / widest:.1f}"/>'
        for index, width in enumerate(filters)
    )
    label = f"widths {filters[0]} to {filters[-1]}, at most {max(filters)}"
    return (
        f'<svg role="img" aria-label="{label}" width="{len(filters) * (_BAR + _GAP)}" '
        f'height="{_HEIGHT}" fill="currentColor">{bars}</svg>'
    )
