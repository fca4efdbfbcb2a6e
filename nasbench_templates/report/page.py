"""One HTML page that needs nothing else: tables that sort, plots, CSV to save."""

import base64
import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nasbench_templates.report import page_plots, result_tables
from nasbench_templates.report.collection import Collection
from nasbench_templates.report.result_tables import ResultTable, Value

if TYPE_CHECKING:
    import plotly.graph_objects

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 1300px; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
nav a { display: inline-block; margin: 0 1rem .3rem 0; }
.scroll { overflow-x: auto; max-height: 75vh; border: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { position: sticky; top: 0; background: Canvas; text-align: left; vertical-align: bottom; }
th.number { text-align: right; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 2px solid Highlight; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
.number { text-align: right; } tr:hover td { background: var(--soft); }
.plot { background: #fff; margin: 1rem 0; }
p.note { max-width: 90ch; overflow-wrap: anywhere; }
"""

_SCRIPT = """
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th"), table = head.closest("table");
    const column = [...head.parentNode.children].indexOf(head);
    const isRising = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", isRising ? "ascending" : "descending");
    const key = row => row.children[column].dataset.value;
    const compare = (first, second) => {
      const [a, b] = [key(first), key(second)];
      if (a === "" || b === "") return (a === "") - (b === "");
      const numbers = !isNaN(a) && !isNaN(b);
      const order = numbers ? a - b : a.localeCompare(b);
      return isRising ? order : -order;
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
  });
}
"""


def render(collection: Collection, title: str) -> str:
    """Returns the page.

    Args:
        collection: what it shows.
        title: of the page.

    Raises:
        ConfigError: plotly is not installed.
    """
    page_plots.check_library()
    tables = collection.tables
    links = "".join(
        f'<a href="#t{number}">{html.escape(table.title)}</a>'
        for number, table in enumerate(tables)
    )
    drawn = _Plots()
    sections = "".join(
        _section(number, table, drawn.of(table)) for number, table in enumerate(tables)
    )
    finished = sum(run.status == "finished" for run in collection.runs)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{html.escape(title)}</h1>"
        f"<p>{len(collection.runs)} runs, {finished} finished; {len(collection.studies)} studies. "
        "A click on a column's head sorts; bold is the best of its group.</p>"
        f"<nav>{links}</nav>{sections}<script>{_SCRIPT}</script></body></html>\n"
    )


class _Plots:
    """Puts the library into the page once, before the first plot."""

    def __init__(self) -> None:
        self._has_library = False

    def of(self, table: ResultTable) -> str:
        return "".join(self._embedded(figure) for figure in page_plots.accuracy_figures(table))

    def _embedded(self, figure: "plotly.graph_objects.Figure") -> str:
        import plotly.io

        text = plotly.io.to_html(
            figure,
            full_html=False,
            include_plotlyjs=not self._has_library,
            config={"responsive": True, "displaylogo": False},
        )
        self._has_library = True
        return f'<div class="plot">{text}</div>'


def _section(number: int, table: ResultTable, plot: str) -> str:
    data = base64.b64encode(result_tables.to_csv(table).encode()).decode()
    save = f'<a download="table{number}.csv" href="data:text/csv;base64,{data}">CSV</a>'
    note = f'<p class="note">{html.escape(table.note)}</p>' if table.note else ""
    return (
        f'<section id="t{number}"><h2>{html.escape(table.title)}</h2>{note}{plot}'
        f'<p>{save}</p><div class="scroll">{_table(table)}</div></section>'
    )


def _table(table: ResultTable) -> str:
    head = "".join(
        f'<th scope="col"{_kind(any(_is_number(row.get(column.key)) for row in table.rows))}>'
        f'<button type="button">{html.escape(column.title)}</button></th>'
        for column in table.columns
    )
    best = [result_tables.best_rows(table, column) for column in table.columns]
    rows = "".join(_row(table, position, best) for position in range(len(table.rows)))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(table: ResultTable, position: int, best: Sequence[frozenset[int]]) -> str:
    row = table.rows[position]
    cells = []
    for column, winners in zip(table.columns, best, strict=True):
        value = row.get(column.key)
        text = html.escape(result_tables.text_of(value, column.decimals))
        std = row.get(column.std) if column.std else None
        if std is not None:
            text += f" ± {result_tables.text_of(float(std), column.decimals)}"
        if position in winners:
            text = f"<b>{text}</b>"
        key = "" if value is None else html.escape(str(value), quote=True)
        cells.append(f'<td{_kind(_is_number(value))} data-value="{key}">{text}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _kind(is_numeric: bool) -> str:
    return ' class="number"' if is_numeric else ""


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
