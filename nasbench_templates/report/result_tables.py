"""Tables of results as Markdown, LaTeX and CSV, with the best value of each column in bold.

>>> table = ResultTable(
...     "Accuracy", (Column("net", "net"), Column("acc", "acc %", 1, best=max)),
...     ({"net": "A", "acc": 93.14}, {"net": "B", "acc": 95.08}),
... )
>>> print(to_markdown(table))
| net | acc % |
|:---|---:|
| A | 93.1 |
| B | **95.1** |
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nasbench_templates.support import neutral, tables

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: of the rows.
        title: what stands above it, with the unit.
        decimals: of numbers; `None` writes them as they are, whole ones with separators.
        std: key of a standard deviation that stands behind the number.
        best: `max` or `min` where one of them is best; `None` where nothing is.
        repeats: key of how often a value was measured; what was measured once is never best.
    """

    key: str
    title: str
    decimals: int | None = None
    std: str | None = None
    best: Callable[[Sequence[float]], float] | None = None
    repeats: str | None = None


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Rows under common columns.

    Attributes:
        title: one line.
        columns: in their order.
        rows: a value, or `None`, for each column's keys.
        group_by: keys whose values part the rows into groups that are compared: the best value is
            the best of its group.
        note: what must be known beside the table; may be empty.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Value], ...]
    group_by: tuple[str, ...] = ()
    note: str = ""


def to_markdown(table: ResultTable) -> str:
    """Returns the table, without title and note, for Markdown."""
    cells = _cells(table, lambda text: f"**{text}**", " ± ", neutral.markdown_cell)
    return tables.markdown([column.title for column in table.columns], cells, _is_right(table))


def to_latex(table: ResultTable) -> str:
    """Returns the table as a LaTeX `tabular` for the package booktabs."""
    cells = _cells(table, lambda text: rf"\textbf{{{text}}}", r" $\pm$ ", neutral.latex_cell)
    titles = [neutral.latex_cell(column.title) for column in table.columns]
    return tables.latex(titles, cells, _is_right(table))


def to_csv(table: ResultTable) -> str:
    """Returns all keys of the rows as CSV, numbers in full, formulas as texts."""
    return tables.csv_text(
        list(dict.fromkeys(key for row in table.rows for key in row)), table.rows
    )


def best_rows(table: ResultTable, column: Column) -> frozenset[int]:
    """Returns the positions of the rows that hold a column's best value in their group.

    Values count as printed: what looks equal is equally good. A group of one row has no best.
    """
    if column.best is None:
        return frozenset()
    groups: dict[tuple[Value, ...], dict[int, float]] = {}
    for position, row in enumerate(table.rows):
        value = row.get(column.key)
        repeats = None if column.repeats is None else row.get(column.repeats) or 0
        is_single = isinstance(repeats, int | float) and repeats < 2
        if isinstance(value, int | float) and not is_single:
            group = tuple(row.get(key) for key in table.group_by)
            rounded = value if column.decimals is None else round(value, column.decimals)
            groups.setdefault(group, {})[position] = rounded
    best = set()
    for values in groups.values():
        if len(values) > 1:
            wanted = column.best(tuple(values.values()))
            best |= {position for position, value in values.items() if value == wanted}
    return frozenset(best)


def text_of(value: Value, decimals: int | None = None) -> str:
    """Returns a value as people read it; `-` for none."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.{decimals}f}" if decimals is not None else f"{value:g}"
    return value


def _cells(
    table: ResultTable,
    emphasise: Callable[[str], str],
    plus_minus: str,
    escape: Callable[[str], str] = str,
) -> list[list[str]]:
    best = [best_rows(table, column) for column in table.columns]
    lines = []
    for position, row in enumerate(table.rows):
        cells = []
        for column, winners in zip(table.columns, best, strict=True):
            text = escape(text_of(row.get(column.key), column.decimals))
            std = row.get(column.std) if column.std else None
            if std is not None:
                text += plus_minus + text_of(float(std), column.decimals)
            cells.append(emphasise(text) if position in winners else text)
        lines.append(cells)
    return lines


def _is_right(table: ResultTable) -> list[bool]:
    """Returns for each column whether it holds numbers, which stand to the right."""
    return [
        any(
            isinstance(value, int | float) and not isinstance(value, bool)
            for value in (row.get(column.key) for row in table.rows)
        )
        for column in table.columns
    ]
