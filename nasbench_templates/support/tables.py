"""The one printer of tables: rows of finished texts as aligned text, Markdown, LaTeX or CSV.

What a value looks like (decimals, units, which is best, what a form must escape) is decided above.
"""

import csv
import io
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from nasbench_templates.support import neutral

if TYPE_CHECKING:
    from tabulate import TableFormat

Rows = Sequence[Sequence[object]]


# Between two columns, and what tabulate adds to the width of titles.
_GAP, _TITLE_PADDING = 2, 2
# Text is wrapped to no less than this, and between words: only longer ones, paths, are broken.
_LEAST_TEXT, _LONGEST_WORD = 20, 40


def short_list(numbers: Sequence[int], at_most: int = 9) -> str:
    """Returns widths for a table's cell: runs as `64 x4`, long lists with their middle left out."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][0] == number:
            runs[-1][1] += 1
        else:
            runs.append([number, 1])
    parts = [f"{number} x{count}" if count > 1 else str(number) for number, count in runs]
    if len(parts) > at_most:
        parts = [*parts[: at_most - 2], "...", *parts[-2:]]
    return ", ".join(parts)


def aligned(titles: Sequence[str], rows: Rows, is_right: Sequence[bool]) -> str:
    """Returns columns of equal width under their titles, which may have several lines.

    Args:
        titles: of the columns.
        rows: their cells.
        is_right: for each column, whether it stands to the right, as numbers do.
    """
    sides = ["right" if right else "left" for right in is_right]
    return _print(rows, headers=titles, tablefmt="simple", colalign=sides)


def fitted(
    titles: Sequence[str],
    rows: Rows,
    is_right: Sequence[bool],
    width: int,
    least_important: Sequence[str] = (),
) -> tuple[str, tuple[str, ...]]:
    """Returns a table that is at most so wide, and the titles of columns that it leaves out.

    Titles are wrapped first, then texts, the widest first; then columns are left out: those of
    least importance in their order, then the last ones. The first column always stays.

    Args:
        titles: of the columns, each once.
        rows: their cells, texts.
        is_right: as for `aligned`.
        width: in characters.
        least_important: titles of columns that may be left out first.
    """
    kept = list(range(len(titles)))
    going = [titles.index(title) for title in least_important if title in titles]
    going += [place for place in reversed(kept[1:]) if place not in going]
    while (widths := _widths(titles, rows, is_right, kept, width)) is None:
        kept.remove(going.pop(0))
    # A title is wrapped only where that makes its column narrower.
    shown = [_wrapped(titles[place], widths[place] - _TITLE_PADDING) for place in kept]
    cells = [[_wrapped(str(row[place]), widths[place]) for place in kept] for row in rows]
    text = aligned(shown, cells, [is_right[place] for place in kept])
    return text, tuple(titles[place] for place in range(len(titles)) if place not in kept)


def _widths(
    titles: Sequence[str], rows: Rows, is_right: Sequence[bool], kept: Sequence[int], width: int
) -> dict[int, int] | None:
    """Returns the width of each column that is kept, `None` where that is not narrow enough."""
    cells = {place: max((_longest(str(row[place])) for row in rows), default=0) for place in kept}
    room = width - _GAP * (len(kept) - 1)
    widths = {place: max(cells[place], len(titles[place]) + _TITLE_PADDING) for place in kept}
    if sum(widths.values()) <= room:
        return widths
    words = {place: _longest_word([titles[place]]) + _TITLE_PADDING for place in kept}
    widths = {place: max(min(cells[place], width), words[place]) for place in kept}
    least = {
        place: max(_LEAST_TEXT, words[place], _longest_word(str(row[place]) for row in rows))
        for place in kept
        if not is_right[place]
    }
    while sum(widths.values()) > room:
        wide = [place for place in least if widths[place] > least[place]]
        if not wide:
            return widths if len(kept) == 1 else None
        # The widest gives first, so that several end alike.
        widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def _longest_word(texts: Iterable[str]) -> int:
    lengths = (len(word) for text in texts for word in text.split())
    return min(_LONGEST_WORD, max(lengths, default=0))


def _longest(text: str) -> int:
    return max(map(len, text.split("\n")))


def _wrapped(text: str, width: int) -> str:
    if _longest(text) <= width:
        return text
    return "\n".join(textwrap.wrap(text, max(1, width), break_on_hyphens=False))


def pairs(rows: Rows, width: int | None = None) -> str:
    """Returns names and values side by side, without a title; `width` wraps long values."""
    if width is not None:
        names = max((_longest(str(row[0])) for row in rows), default=0)
        room = max(_LEAST_TEXT, width - names - _GAP)
        rows = [[name, _wrapped(str(value), room)] for name, value in rows]
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


def html(title: str, titles: Sequence[str], rows: Rows, is_right: Sequence[bool]) -> str:
    """Returns a table for notebooks under a title; other arguments as for `aligned`."""
    from html import escape

    sides = ["right" if right else "left" for right in is_right]
    table = _print(rows, headers=titles, tablefmt="html", colalign=sides)
    return str(table).replace("<table>", f"<table><caption>{escape(title)}</caption>", 1)


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
