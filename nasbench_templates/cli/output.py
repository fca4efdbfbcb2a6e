"""Rows on standard output, as a table, JSON or CSV, and the flag that says which."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from absl import flags

from nasbench_templates.support import tables

Row = Mapping[str, Any]


def render_json(rows: Sequence[Row]) -> str:
    """Returns a JSON array, one line for each row."""
    lines = ",\n".join(" " + json.dumps(row, allow_nan=False) for row in rows)
    return f"[\n{lines}\n]"


def render_csv(rows: Sequence[Row]) -> str:
    """Returns CSV with the first row's keys as header, see `tables.csv_text`."""
    return tables.csv_text(list(rows[0]), rows).rstrip("\n")


def render_table(rows: Sequence[Row], num_text_columns: int = 2) -> str:
    """Returns an aligned table; what follows the first columns, of text, stands to the right."""
    titles = list(rows[0])
    is_right = [place >= num_text_columns for place in range(len(titles))]
    return tables.aligned(titles, [list(row.values()) for row in rows], is_right)


def render_pairs(row: Row) -> str:
    """Returns one row as a table of two columns, name and value."""
    return tables.pairs([(key, "-" if value is None else value) for key, value in row.items()])


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


def define_format_flag(flag_values: flags.FlagValues, *more: str) -> None:
    """Defines the flag for the form of the results; `more` names forms besides the usual ones."""
    flags.DEFINE_enum(
        "format",
        "table",
        ["table", "json", "csv", *more],
        "how results are printed on standard output",
        flag_values=flag_values,
    )
