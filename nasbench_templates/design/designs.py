"""Several designs beside each other: found by their template, shown with their widths."""

from typing import TYPE_CHECKING, SupportsIndex, overload

from nasbench_templates.design import design_html
from nasbench_templates.design.design import Design
from nasbench_templates.distributions.template import templates
from nasbench_templates.support import tables

if TYPE_CHECKING:
    import pandas as pd


class Designs(tuple[Design, ...]):
    """Designs in their order; `designs["b"]` is the one of template b."""

    __slots__ = ()

    @overload
    def __getitem__(self, key: str | SupportsIndex) -> Design: ...
    @overload
    def __getitem__(self, key: slice) -> "Designs": ...
    def __getitem__(self, key: "str | SupportsIndex | slice") -> "Design | Designs":
        if isinstance(key, str):
            name = templates.canonical(key)
            for design in self:
                if design.template == name:
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

    def __str__(self) -> str:
        """Returns a table, as a script prints it."""
        titles = ("template", "filters", *design_html.FIGURES)
        rows = [
            (row.template, tables.short_list(row.filters), *row.figures)
            for row in (design.html_row for design in self)
        ]
        return tables.aligned(titles, rows, [False, False, *(True for _ in design_html.FIGURES)])

    def _repr_html_(self) -> str:
        name = self[0].name if self else "no designs"
        return design_html.table(name, [design.html_row for design in self])
