"""Rows on standard output, as a table, JSON or CSV, and the flag that says which."""

import json
import pathlib
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from absl import flags

from nasbench_templates.support import tables

Row = Mapping[str, Any]
# Of these flags in --help.
SECTION = "output"
# Endings of files that are not called like the form itself.
_FORMS = {".htm": "html", ".md": "markdown", ".ndjson": "jsonl", ".pq": "parquet", ".tex": "latex"}
# Where standard output is no terminal and COLUMNS is not set.
_WIDTH = 100


def form(flag_values: flags.FlagValues) -> str:
    """Returns the form of a file's or the printed rows: --format, else what --output ends with."""
    flag = flag_values["format"]
    if flag.using_default_value and flag_values.output:
        ending = pathlib.PurePath(flag_values.output).suffix.lower()
        named = _FORMS.get(ending, ending.removeprefix("."))
        if named in flag.parser.enum_values:
            return str(named)
    return str(flag.value)


def render_json(rows: Sequence[Row]) -> str:
    """Returns a JSON array, one line for each row."""
    lines = ",\n".join(" " + json.dumps(row, allow_nan=False) for row in rows)
    return f"[\n{lines}\n]"


def render_csv(rows: Sequence[Row]) -> str:
    """Returns CSV with the first row's keys as header, see `tables.csv_text`."""
    return tables.csv_text(list(rows[0]), rows).rstrip("\n")


def width() -> int:
    """Returns how many characters a line may have: the terminal's, or 100 where there is none."""
    return shutil.get_terminal_size((_WIDTH, 24)).columns


def render_table(
    rows: Sequence[Row],
    num_text_columns: int = 2,
    *,
    least_important: Sequence[str] = (),
    whole_with: str = "--format=csv",
) -> str:
    """Returns an aligned table that fits the terminal's width, see `tables.fitted`.

    Args:
        rows: texts by the titles of their columns, in order.
        num_text_columns: the first columns, of text; what follows stands to the right.
        least_important: titles of columns that a narrow terminal does without first.
        whole_with: what shows them all.
    """
    titles = list(rows[0])
    is_right = [place >= num_text_columns for place in range(len(titles))]
    cells = [list(row.values()) for row in rows]
    text, left_out = tables.fitted(titles, cells, is_right, width(), least_important)
    if left_out:
        more = f"for want of width without: {', '.join(left_out)} ({whole_with} has all)"
        text += "\n" + textwrap.fill(f"({more})", width())
    return text


def render_pairs(row: Row) -> str:
    """Returns one row as a table of two columns, name and value."""
    shown = [(key, "-" if value is None else value) for key, value in row.items()]
    return tables.pairs(shown, width())


def define_format_flag(flag_values: flags.FlagValues, *more: str) -> None:
    """Defines the flag for the form of the results; `more` names forms besides the usual ones."""
    flags.DEFINE_enum(
        "format",
        "table",
        ["table", "json", "csv", *more],
        "how results are printed on standard output",
        flag_values=flag_values,
    )
