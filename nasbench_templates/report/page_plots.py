"""Interactive plots of a report, as figures of plotly."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nasbench_templates.report import palette
from nasbench_templates.report.result_tables import ResultTable, Value
from nasbench_templates.support.errors import ConfigError

if TYPE_CHECKING:
    import plotly.graph_objects

ACCURACY, DEVIATION = "test_accuracy_percent", "test_accuracy_std"
# Key of a row -> label of the axis; the first that has values is shown, buttons choose others.
RESOURCES = {
    "trainable_params": "trainable parameters",
    "macs": "multiply-accumulates",
    "latency_ms": "inference, ms (batch 1)",
    "params": "parameters",
    "mmacs": "multiply-accumulates, millions",
}
# Pages are light or dark; what is drawn on them shows through.
_CLEAR = "rgba(0,0,0,0)"
_GRID = {"gridcolor": "rgba(128,128,128,0.25)", "zerolinecolor": "rgba(128,128,128,0.4)"}
# From here on an axis is logarithmic: largest over smallest value.
_WIDE = 10
# Marker of matplotlib -> symbol of plotly.
_SYMBOLS = {
    "o": "circle", "^": "triangle-up", "s": "square", "v": "triangle-down", "D": "diamond",
    "X": "x", "<": "triangle-left", ">": "triangle-right", "P": "cross", "h": "hexagon",
    "p": "pentagon", "*": "star", "d": "diamond-tall",
}  # fmt: skip


def check_library() -> None:
    """Checks that plotly is installed, before any work.

    Raises:
        ConfigError: it is not.
    """
    try:
        import plotly.graph_objects  # noqa: F401 (only whether it is there)
    except ImportError as error:
        raise ConfigError(
            "expected the library plotly for an HTML report, it is not installed; "
            "pip install 'nasbench_templates[report]', or choose --format=markdown or latex"
        ) from error


def accuracy_figures(table: ResultTable) -> "list[plotly.graph_objects.Figure]":
    """Returns accuracy against each resource: a colour for each template.

    There is a figure for each data set, network and setting. Rows of a study without templates have
    a colour each, and a figure for each published table.

    Args:
        table: smoke runs and rows without an accuracy, a resource or a name are left out.
    """
    parts: dict[str, list[Mapping[str, Value]]] = {}
    for row in table.rows:
        has_resource = any(row.get(key) is not None for key in RESOURCES)
        has_score = isinstance(row.get(ACCURACY), int | float) and not row.get("smoke")
        if has_score and has_resource and _name(row):
            parts.setdefault(_part(row), []).append(row)
    return [_figure(part, rows) for part, rows in parts.items()]


def _name(row: Mapping[str, Value]) -> str:
    return str(row.get("template") or row.get("row") or "")


def _part(row: Mapping[str, Value]) -> str:
    if row.get("dataset"):
        parts = [str(row["dataset"]), str(row.get("network") or "")]
        if row.get("setting"):
            parts.append(f"setting {row['setting']}")
        return ", ".join(filter(None, parts))
    return f"table {row['table']}" if row.get("table") else ""


def _figure(title: str, rows: Sequence[Mapping[str, Value]]) -> "plotly.graph_objects.Figure":
    import plotly.graph_objects as go

    shown = [key for key in RESOURCES if any(row.get(key) is not None for row in rows)]
    names: dict[str, list[Mapping[str, Value]]] = {}
    for row in rows:
        names.setdefault(_name(row), []).append(row)
    looks = palette.looks(list(names))
    traces = [
        go.Scatter(
            name=name,
            mode="markers",
            marker={
                "size": 10,
                "color": looks[name].colour,
                "symbol": _SYMBOLS[looks[name].marker],
            },
            x=[row.get(shown[0]) for row in group],
            y=[row[ACCURACY] for row in group],
            error_y={"array": [row.get(DEVIATION) or 0 for row in group], "thickness": 1.2},
            text=[_hover(row) for row in group],
            hovertemplate="%{text}%{y:.2f} %<br>%{x:,}<extra>%{fullData.name}</extra>",
        )
        for name, group in names.items()
    ]
    figure = go.Figure(traces)
    figure.update_layout(
        title={"text": title, "font": {"size": 15}},
        template="plotly_white",
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        height=430,
        margin={"l": 55, "r": 15, "t": 50, "b": 55},
        yaxis={"title": "test accuracy, %", **_GRID, "automargin": True},
        xaxis={"title": RESOURCES[shown[0]], **_axis(rows, shown[0]), **_GRID, "automargin": True},
        legend={"orientation": "h", "y": -0.25},
        modebar={"orientation": "v", "bgcolor": _CLEAR},
        updatemenus=[_buttons(shown, rows, list(names.values()))] if len(shown) > 1 else [],
    )
    return figure


def _hover(row: Mapping[str, Value]) -> str:
    seeds = f"seeds {row['seeds']}" if "seeds" in row else None
    parts = (row.get("network"), row.get("variant"), seeds)
    text = ", ".join(str(part) for part in parts if part)
    return f"{text}<br>" if text else ""


def _axis(rows: Sequence[Mapping[str, Value]], key: str) -> dict[str, object]:
    """Returns the scale and ticks of the axis of a resource.

    A logarithmic axis has labels at 1, 2 and 5 only, of which a narrow range may hold none.
    """
    values = [float(value) for row in rows if isinstance(value := row.get(key), int | float)]
    if min(values) > 0 and max(values) >= _WIDE * min(values):
        return {"type": "log", "tickformat": "~s", "dtick": "D2"}
    return {"type": "linear", "tickformat": "~s", "nticks": 6, "dtick": None}


def _buttons(
    shown: Sequence[str],
    rows: Sequence[Mapping[str, Value]],
    groups: Sequence[Sequence[Mapping[str, Value]]],
) -> dict[str, object]:
    return {
        "bgcolor": _CLEAR,
        "bordercolor": palette.FAINT,
        "type": "buttons",
        "direction": "right",
        "x": 0,
        "xanchor": "left",
        "y": 1.18,
        "buttons": [
            {
                "label": key.split("_")[-1] if key != "latency_ms" else "latency",
                "method": "update",
                "args": [
                    {"x": [[row.get(key) for row in group] for group in groups]},
                    {
                        "xaxis.title.text": RESOURCES[key],
                        **{f"xaxis.{name}": value for name, value in _axis(rows, key).items()},
                    },
                ],
            }
            for key in shown
        ],
    }
