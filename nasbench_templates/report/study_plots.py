"""The papers' figures as small multiples: accuracy against a resource, and widths of networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nasbench_templates.report import palette, pictures, plots
from nasbench_templates.support.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_WIDTH, PANEL_HEIGHT = 3.4, 2.8
MOST_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Point:
    """One network.

    Attributes:
        x: the resource.
        y: mean accuracy.
        low: least of the repetitions.
        high: greatest of them.
    """

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Panel:
    """One field of a figure.

    Attributes:
        title: above it.
        x_label: with the unit.
        y_label: with the unit.
        series: points by name, in the order in which a line joins them.
        crossing: where dashed lines cross: the base as published; `None` for none.
        is_line: whether the points of a series are joined.
    """

    title: str
    x_label: str
    y_label: str
    series: Mapping[str, Sequence[Point]]
    crossing: tuple[float, float] | None = None
    is_line: bool = False


def plot_panels(panels: Sequence[Panel], paths: Sequence[str]) -> None:
    """Draws panels side by side with one legend; error bars run from the least to the greatest.

    Args:
        panels: at least one.
        paths: files to write; the suffix chooses the format.

    Raises:
        ConfigError: no panel.
        OSError: a file cannot be written.
    """
    # A row for each network: its panels share their title.
    in_row = min(MOST_COLUMNS, sum(panel.title == panels[0].title for panel in panels))
    figure, fields = _fields(len(panels), MOST_COLUMNS // max(1, in_row) * in_row)
    names = list(dict.fromkeys(name for panel in panels for name in panel.series))
    looks = palette.looks(names)
    for panel, axes in zip(panels, fields, strict=True):
        _draw(panel, axes, looks)
    _legend(figure, fields)
    for path in paths:
        pictures.write(figure, path)


def _draw(panel: Panel, axes: "Axes", looks: Mapping[str, palette.Look]) -> None:
    for name, points in panel.series.items():
        below = [point.y - point.low for point in points]
        above = [point.high - point.y for point in points]
        axes.errorbar(
            [point.x for point in points],
            [point.y for point in points],
            yerr=[below, above],
            fmt=looks[name].marker,
            linestyle=looks[name].line if panel.is_line else "none",
            markersize=4,
            linewidth=1.2,
            capsize=2,
            color=looks[name].colour,
            label=name,
        )
    if panel.crossing is not None:
        axes.axvline(panel.crossing[0], color=palette.FAINT, linestyle="--", linewidth=1)
        axes.axhline(panel.crossing[1], color=palette.FAINT, linestyle="--", linewidth=1)
    _label(axes, panel.title, panel.x_label, panel.y_label)


def plot_width_panels(
    networks: Mapping[str, Mapping[str, Sequence[int]]], paths: Sequence[str]
) -> None:
    """Draws the filters of every slot, a panel for each network and a line for each template.

    Args:
        networks: widths by template, by the network's name.
        paths: files to write; the suffix chooses the format.

    Raises:
        ConfigError: no network.
        OSError: a file cannot be written.
    """
    figure, fields = _fields(len(networks), MOST_COLUMNS)
    for (title, filters), axes in zip(networks.items(), fields, strict=True):
        plots.draw_widths(axes, filters)
        axes.set_ylim(bottom=0)
        axes.xaxis.get_major_locator().set_params(integer=True)
        _label(axes, title, "slot, from input to output", "filters")
    _legend(figure, fields)
    for path in paths:
        pictures.write(figure, path)


def _fields(count: int, most_columns: int) -> "tuple[Figure, list[Axes]]":
    if count < 1:
        raise ConfigError("expected at least one panel to draw, received none")
    columns = min(count, most_columns)
    rows = -(-count // columns)
    size = (PANEL_WIDTH * columns, PANEL_HEIGHT * rows + 0.6)
    figure = pictures.new_figure(*size)
    fields = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in fields[count:]:
        axes.set_axis_off()
    return figure, fields[:count]


def _label(axes: "Axes", title: str, x_label: str, y_label: str) -> None:
    axes.set_title(title, fontsize=9)
    axes.set_xlabel(x_label, fontsize=8)
    axes.set_ylabel(y_label, fontsize=8)
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.3)


def _legend(figure: "Figure", fields: "Sequence[Axes]") -> None:
    handles: dict[str, object] = {}
    for axes in fields:
        handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    if handles:
        figure.legend(
            handles.values(), handles.keys(), loc="outside lower center",
            ncols=len(handles), frameon=False, fontsize=8,
        )  # fmt: skip
