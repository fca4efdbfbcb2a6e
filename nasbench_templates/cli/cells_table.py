"""The table of many cells under templates, with their records beside, in every form."""

import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from nasbench_templates.cli import design_table, output
from nasbench_templates.distributions import template as distributions
from nasbench_templates.networks.cells import Cell
from nasbench_templates.space import cell_lists, cell_matching
from nasbench_templates.support import files, neutral, tables
from nasbench_templates.support.errors import ConfigError

# What a narrow terminal does without first.
_LEAST_IMPORTANT = ("peak", "params")


def read(source: str, record_paths: Sequence[str]) -> list[Cell]:
    """Returns the cells of a file of lines, or of standard input (`-`).

    Raises:
        ConfigError: no such file, or no line with a cell.
        SpecError: a malformed line, with its number.
        RecordError: damaged records.
    """
    name = f"--cells={source}"
    if source == "-":
        found = cell_lists.parse(sys.stdin.read().splitlines(), name, record_paths)
    else:
        found = cell_lists.read(source, record_paths, source=name)
    return [each.cell for each in found]


def write(rows: Sequence[Mapping[str, Any]], form: str, path: pathlib.Path | None) -> None:
    """Writes rows of `cell_matching.table` in a form of `--format`, without a file prints them."""
    if form == "parquet":
        if path is None:
            raise ConfigError("--format=parquet: expected a file, --output=..., received none")
        with files.replacing(path) as partial:
            cell_matching.frame(rows).to_parquet(partial)
        return
    text = _text(rows, form)
    if path is None:
        print(text)
        return
    with files.replacing_text(path) as file:
        file.write(text + "\n")


def _text(rows: Sequence[Mapping[str, Any]], form: str) -> str:
    if form == "json":
        return output.render_json(rows)
    if form == "csv":
        return output.render_csv(rows)
    quantities = [row["gap_quantity"] for row in rows]
    shown = [_shown(row, quantities) for row in rows]
    if form == "table":
        return output.render_table(shown, 3, least_important=_LEAST_IMPORTANT)
    escape = neutral.markdown_cell if form == "markdown" else neutral.latex_cell
    cells = [[escape(text) for text in row.values()] for row in shown]
    titles = [escape(title) for title in shown[0]]
    print_form = tables.markdown if form == "markdown" else tables.latex
    return print_form(titles, cells, [place >= 3 for place in range(len(titles))])


def _shown(row: Mapping[str, Any], quantities: Sequence[str]) -> dict[str, str]:
    """Returns a row for people; a cell outside the space has its number."""
    has_network = row["problem"] is None
    shown = {
        "cell": row["hash"] or f"cell {row['cell'] + 1}",
        "template": distributions.title(row["template"]),
        "filters": tables.short_list(row["filters"] or ()) or str(row["problem"]),
        "peak": str(row["peak"]) if has_network else "-",
        "MMACs": f"{row['macs'] / 1e6:.2f}" if has_network else "-",
        "MACs % of base": f"{row['macs_percent_of_base']:.1f}" if has_network else "-",
        **design_table.gaps(
            f"{100 * row['gap']:+.2f}" if has_network else "-", row["gap_quantity"], quantities
        ),
        "params": f"{row['params']:,}" if has_network else "-",
    }
    for split in ("validation", "test"):
        key = f"record_{split}_accuracy"
        if key in row:
            value = row[key]
            shown[f"record {split} %"] = "-" if value is None else f"{100 * value:.2f}"
    return shown
