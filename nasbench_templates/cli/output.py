"""Rows on standard output, as a table, JSON or CSV, and the flag that says which."""

import csv
import io
import json
from collections.abc import Mapping, Sequence

from absl import flags

from nasbench_templates.support import neutral

Row = Mapping[str, object]


def render_json(rows: Sequence[Row]) -> str:
    """Returns a JSON array, one line for each row."""
    lines = ",\n".join(" " + json.dumps(row, allow_nan=False) for row in rows)
    return f"[\n{lines}\n]"


def render_csv(rows: Sequence[Row]) -> str:
    """Returns CSV with the first row's keys as header; lists are separated by spaces.

    Texts that a spreadsheet would take for formulas are quoted, see `neutral.csv_cell`.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {
                key: neutral.csv_cell(
                    " ".join(map(str, value)) if isinstance(value, list | tuple) else value
                )
                for key, value in row.items()
            }
        )
    return text.getvalue().rstrip("\n")


def render_table(rows: Sequence[Row], num_text_columns: int = 2) -> str:
    """Returns an aligned table; what follows the first columns, of text, stands to the right."""
    import tabulate

    return tabulate.tabulate(
        [list(row.values()) for row in rows],
        headers=list(rows[0]),
        tablefmt="simple",
        disable_numparse=True,
        colalign=["left" if place < num_text_columns else "right" for place in range(len(rows[0]))],
    )


def render_pairs(row: Row) -> str:
    """Returns one row as a table of two columns, name and value."""
    import tabulate

    pairs = [(key, "-" if value is None else value) for key, value in row.items()]
    return tabulate.tabulate(pairs, tablefmt="plain", disable_numparse=True)


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
