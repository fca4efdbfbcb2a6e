"""One HTML page that needs nothing else: tables that sort, plots, CSV to save."""

import base64
import html
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nasbench_templates.report import overview, page_plots, result_tables
from nasbench_templates.report.collection import Collection
from nasbench_templates.report.result_tables import ResultTable, Value

if TYPE_CHECKING:
    import plotly.graph_objects

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 1300px; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; } h1, h2, h3 { overflow-wrap: anywhere; }
nav a { display: block; margin: 0 0 .3rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; max-height: 75vh; border: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
td:not(.number) { white-space: normal; overflow-wrap: break-word; max-width: 34ch; }
td:not(.number):first-child { min-width: 15ch; }
th { position: sticky; top: 0; background: Canvas; text-align: left; vertical-align: bottom; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 2px solid Highlight; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
th.number, td.number { text-align: right; } tr:hover td { background: var(--soft); }
details { margin: 1rem 0; }
.plot { margin: 0 0 1rem; }
.plot .updatemenu-item-rect { fill: var(--soft) !important; }
.plot text { fill: CanvasText !important; }
.plot .hovertext text { fill: #fff !important; }
p.note { max-width: 90ch; overflow-wrap: anywhere; }
.overview { border: 1px solid var(--line); border-radius: .4rem; padding: 0 1rem 1rem; }
.overview li { overflow-wrap: anywhere; }
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


# A number as papers print it.
_PRINTED = re.compile(r"[+-]?\d[\d,]*(\.\d+)?( (±|\+-) \d+(\.\d+)?)?( ?%)?")


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
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{html.escape(title)}</h1>"
        f"{_overview(overview.overview(collection))}"
        f"<details><summary>All {len(tables)} tables</summary><nav>{links}</nav></details>"
        "<p>A click on a column's head sorts; bold is the best of its group.</p>"
        f"{sections}<script>{_SCRIPT}</script></body></html>\n"
    )


def _overview(found: overview.Overview) -> str:
    """Returns the opening: what was run, what is best, what is open."""
    parts = ['<section class="overview"><h2>Summary</h2>', *map(_paragraph, found.ran)]
    if found.best.rows:
        parts += [f"<h3>{html.escape(found.best.title)}</h3>", _note(found.best),
                  f'<div class="scroll">{_table(found.best)}</div>']  # fmt: skip
    if found.unsettled:
        items = "".join(f"<li>{html.escape(each)}</li>" for each in found.unsettled)
        parts.append(f"<h3>Open</h3><ul>{items}</ul>")
    return "".join([*parts, "</section>"])


def _paragraph(text: str) -> str:
    return f'<p class="note">{html.escape(text)}</p>'


def _note(table: ResultTable) -> str:
    return _paragraph(table.note) if table.note else ""


class _Plots:
    """Puts the library into the page once, before the first plot."""

    def __init__(self) -> None:
        self._has_library = False

    def of(self, table: ResultTable) -> str:
        return "".join(self._embedded(figure) for figure in page_plots.accuracy_figures(table))

    def _embedded(self, figure: "plotly.graph_objects.Figure") -> str:
        import plotly.io

        # Above the plot, where a narrow page breaks it into lines.
        title = html.escape(figure.layout.title.text or "")
        figure.layout.title = None
        text = plotly.io.to_html(
            figure,
            full_html=False,
            include_plotlyjs=not self._has_library,
            config={"responsive": True, "displaylogo": False},
        )
        self._has_library = True
        return f'<h3>{title}</h3><div class="plot">{text}</div>'


def _section(number: int, table: ResultTable, plot: str) -> str:
    data = base64.b64encode(result_tables.to_csv(table).encode()).decode()
    save = f'<a download="table{number}.csv" href="data:text/csv;base64,{data}">CSV</a>'
    return (
        f'<section id="t{number}"><h2>{html.escape(table.title)}</h2>{_note(table)}{plot}'
        f'<p>{save}</p><div class="scroll">{_table(table)}</div></section>'
    )


def _table(table: ResultTable) -> str:
    numeric = [
        column.decimals is not None or _is_numeric([row.get(column.key) for row in table.rows])
        for column in table.columns
    ]
    head = "".join(
        f'<th scope="col"{_kind(is_numeric)}>'
        f'<button type="button">{html.escape(column.title)}</button></th>'
        for column, is_numeric in zip(table.columns, numeric, strict=True)
    )
    best = [result_tables.best_rows(table, column) for column in table.columns]
    rows = "".join(_row(table, position, best, numeric) for position in range(len(table.rows)))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(
    table: ResultTable,
    position: int,
    best: Sequence[frozenset[int]],
    numeric: Sequence[bool],
) -> str:
    row = table.rows[position]
    cells = []
    for column, winners, is_numeric in zip(table.columns, best, numeric, strict=True):
        value = row.get(column.key)
        text = html.escape(result_tables.text_of(value, column.decimals))
        std = row.get(column.std) if column.std else None
        if std is not None:
            text += f" ± {result_tables.text_of(float(std), column.decimals)}"
        if position in winners:
            text = f"<b>{text}</b>"
        key = "" if value is None else html.escape(str(value), quote=True)
        cells.append(f'<td{_kind(is_numeric)} data-value="{key}">{text}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _kind(is_numeric: bool) -> str:
    return ' class="number"' if is_numeric else ""


def _is_numeric(values: Sequence[Value]) -> bool:
    """Returns whether a column holds numbers: also those that are kept as printed."""
    known = [value for value in values if value is not None]
    return bool(known) and all(_is_number(value) for value in known)


def _is_number(value: Value) -> bool:
    if isinstance(value, str):
        return value == "-" or bool(_PRINTED.fullmatch(value))
    return not isinstance(value, bool)
