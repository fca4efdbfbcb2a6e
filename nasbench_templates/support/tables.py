"""The one printer of tables: rows of finished texts as aligned text, Markdown, LaTeX or CSV.

What a value looks like (decimals, units, which is best, what a form must escape) is decided above.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from nasbench_templates.support import neutral

if TYPE_CHECKING:
    from tabulate import TableFormat

Rows = Sequence[Sequence[object]]


def aligned(titles: Sequence[str], rows: Rows, is_right: Sequence[bool]) -> str:
    """Returns columns of equal width under their titles.

    Args:
        titles: of the columns.
        rows: their cells.
        is_right: for each column, whether it stands to the right, as numbers do.
    """
    sides = ["right" if right else "left" for right in is_right]
    return _print(rows, headers=titles, tablefmt="simple", colalign=sides)


def pairs(rows: Rows) -> str:
    """Returns names and values side by side, without a title."""
    return _print(rows, tablefmt="plain")


def markdown(titles: Sequence[str], rows: Rows, is_right: Sequence[bool]) -> str:
    """Returns a table for Markdown; arguments as for `aligned`.

    Cells are not padded: a longer one changes its own line of a kept table, not all.
    """
    rule = "|".join("---:" if right else ":---" for right in is_right)
    form = _form(above=None, rule=f"|{rule}|", below=None, row=("| ", " | ", " |"))
    return _print(rows, headers=titles, tablefmt=form, stralign=None)


def latex(titles: Sequence[str], rows: Rows, is_right: Sequence[bool]) -> str:
    """Returns a LaTeX `tabular` for the package booktabs; arguments as for `aligned`."""
    kinds = "".join("r" if right else "l" for right in is_right)
    form = _form(
        above=f"\\begin{{tabular}}{{{kinds}}}\n\\toprule",
        rule=r"\midrule",
        below="\\bottomrule\n\\end{tabular}",
        row=("", " & ", r" \\"),
    )
    return _print(rows, headers=titles, tablefmt=form, stralign=None)


def csv_text(keys: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Returns CSV with a header; lists are separated by spaces, absent values empty.

    Texts that a spreadsheet would take for formulas are quoted, see `neutral.csv_cell`.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=keys, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _csv_value(value) for key, value in row.items()})
    return text.getvalue()


def _csv_value(value: object) -> object:
    return neutral.csv_cell(" ".join(map(str, value)) if isinstance(value, list | tuple) else value)


def _form(
    above: str | None, rule: str, below: str | None, row: tuple[str, str, str]
) -> "TableFormat":
    """Returns a form of `tabulate` from its fixed lines and a row's begin, separator and end."""
    import tabulate

    return tabulate.TableFormat(
        lineabove=above and (lambda widths, sides: above),
        linebelowheader=lambda widths, sides: rule,
        linebetweenrows=None,
        linebelow=below and (lambda widths, sides: below),
        headerrow=tabulate.DataRow(*row),
        datarow=tabulate.DataRow(*row),
        padding=0,
        with_header_hide=None,
    )


def _print(rows: Rows, **options: object) -> str:
    # Loaded here: most of a start-up prints nothing.
    import tabulate

    # Cells are texts: what looks like a number is already rounded as it shall be.
    return tabulate.tabulate(rows, disable_numparse=True, **options)
