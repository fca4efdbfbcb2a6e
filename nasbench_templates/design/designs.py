"""Several designs beside each other: found by their template, shown with their widths."""

import html
from typing import TYPE_CHECKING, SupportsIndex, overload

from nasbench_templates.design.design import Design

if TYPE_CHECKING:
    import pandas as pd

_HEIGHT, _BAR, _GAP = 24, 4, 1


class Designs(tuple[Design, ...]):
    """Designs in their order; `designs["b"]` is the one of template b."""

    __slots__ = ()

    @overload
    def __getitem__(self, key: str | SupportsIndex) -> Design: ...
    @overload
    def __getitem__(self, key: slice) -> "Designs": ...
    def __getitem__(self, key: "str | SupportsIndex | slice") -> "Design | Designs":
        if isinstance(key, str):
            for design in self:
                if design.template == key:
                    return design
            known = ", ".join(design.template for design in self)
            raise KeyError(f"expected one of {known}, received {key!r}")
        if isinstance(key, slice):
            return Designs(super().__getitem__(key))
        return super().__getitem__(key)

    def to_pandas(self) -> "pd.DataFrame":
        """Returns a data frame with a row for each design, columns as of `Design.to_json`."""
        import pandas as pd

        return pd.DataFrame([design.to_json() for design in self])

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th>{each}</th>" for each in ("template", "widths", "MMACs", "gap %", "params")
        )
        widest = max((design.peak for design in self), default=1)
        rows = "".join(_row(design, widest) for design in self)
        name = html.escape(self[0].name) if self else "no designs"
        return f"<table><caption>{name}</caption><tr>{head}</tr>{rows}</table>"


def _row(design: Design, widest: int) -> str:
    cost = design.cost
    cells = (
        html.escape(design.template),
        widths_svg(design.filters, widest),
        f"{cost.macs / 1e6:.1f}",
        f"{100 * design.gap:+.2f}",
        f"{cost.params:,}",
    )
    return f"<tr>{''.join(f'<td>{each}</td>' for each in cells)}</tr>"


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
