"""A cell as papers draw it: input on the left, a column for each depth, arrows around the boxes.

The layout is that of layered graph drawing (K. Sugiyama et al., 1981): a vertex stands as deep as
the longest path to it; an edge over several columns passes each in a place of its own, so that it
crosses no box; places in a column follow the mean of their neighbours'.
"""

import itertools
from typing import TYPE_CHECKING

from nasbench_templates.networks.cells import Cell
from nasbench_templates.report import palette, pictures

if TYPE_CHECKING:
    from matplotlib.patches import FancyArrowPatch

# A vertex, or where the edge (source, target) passes a column.
_Place = int | tuple[int, int, int]

_COLUMN, _ROW = 1.5, 0.62
_BOX_WIDTH, _BOX_HEIGHT = 0.98, 0.42
_SWEEPS = 4
# Operations in the colours of three templates that are far apart; anything else is faint.
_COLOURS = {"conv3x3": "b", "conv1x1": "c", "maxpool3x3": "a"}


def plot_cell(cell: Cell, path: str) -> None:
    """Draws a cell's vertices and edges; the picture is as large as they need.

    Args:
        cell: what to draw.
        path: file to write; its suffix chooses the format, which must be known to matplotlib.

    Raises:
        OSError: the file cannot be written.
    """
    from matplotlib.patches import FancyBboxPatch

    columns = _columns(cell)
    height = max(map(len, columns))
    width = (len(columns) - 1) * _COLUMN + _BOX_WIDTH + 0.3
    figure = pictures.new_figure(width, height * _ROW + 0.2, layout="none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-_BOX_WIDTH / 2 - 0.15, width - _BOX_WIDTH / 2 - 0.15)
    axes.set_ylim(-(height * _ROW) / 2 - 0.1, height * _ROW / 2 + 0.1)
    at: dict[_Place, tuple[float, float]] = {
        place: (depth * _COLUMN, ((len(column) - 1) / 2 - row) * _ROW)
        for depth, column in enumerate(columns)
        for row, place in enumerate(column)
    }
    depths = _depths(cell)
    for source, target in _edges(cell):
        bends: list[_Place] = [
            (source, target, depth) for depth in range(depths[source] + 1, depths[target])
        ]
        axes.add_patch(_arrow([at[place] for place in [source, *bends, target]]))
    for vertex, op in enumerate(cell.ops):
        x, y = at[vertex]
        name = op.removesuffix("-bn-relu")
        look = palette.look(_COLOURS[name]).colour if name in _COLOURS else palette.FAINT
        axes.add_patch(
            FancyBboxPatch(
                (x - _BOX_WIDTH / 2, y - _BOX_HEIGHT / 2), _BOX_WIDTH, _BOX_HEIGHT,
                boxstyle="round,pad=0,rounding_size=0.08", linewidth=1.4, edgecolor=look,
                facecolor=(look, 0.16), zorder=3,
            )
        )  # fmt: skip
        axes.text(x, y, _label(name), ha="center", va="center", fontsize=9, zorder=4)
    pictures.write(figure, path)


def _label(name: str) -> str:
    for kind, words in (("conv", "conv"), ("maxpool", "max pool"), ("bottleneck", "bottleneck")):
        if name.startswith(kind):
            return f"{words} {name.removeprefix(kind)}"
    return name


def _edges(cell: Cell) -> list[tuple[int, int]]:
    return [
        (source, target)
        for source, row in enumerate(cell.matrix)
        for target, is_edge in enumerate(row)
        if is_edge
    ]


def _depths(cell: Cell) -> list[int]:
    """Returns the length of the longest path to each vertex."""
    depths = [0] * cell.num_vertices
    for source, target in _edges(cell):  # by rising source: its depth is final
        depths[target] = max(depths[target], depths[source] + 1)
    return depths


def _columns(cell: Cell) -> list[list[_Place]]:
    """Returns the places of each column from top to bottom."""
    depths = _depths(cell)
    columns: list[list[_Place]] = [[] for _ in range(max(depths) + 1)]
    for vertex, depth in enumerate(depths):
        columns[depth].append(vertex)
    links: dict[_Place, list[_Place]] = {}
    for source, target in _edges(cell):
        way: list[_Place] = [source]
        for depth in range(depths[source] + 1, depths[target]):
            columns[depth].append((source, target, depth))
            way.append((source, target, depth))
        way.append(target)
        for first, second in itertools.pairwise(way):
            links.setdefault(first, []).append(second)
            links.setdefault(second, []).append(first)
    heights = {
        place: _height(row, column) for column in columns for row, place in enumerate(column)
    }
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            means = {
                place: sum(heights[each] for each in links[place]) / len(links[place])
                for place in column
                if place in links
            }
            column.sort(key=lambda place: means.get(place, 0.0))
            heights |= {place: _height(row, column) for row, place in enumerate(column)}
    return columns


def _height(row: int, column: "list[_Place]") -> float:
    return row - (len(column) - 1) / 2


def _arrow(points: "list[tuple[float, float]]") -> "FancyArrowPatch":
    """Returns an arrow that leaves and enters boxes level and passes through the points between."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    (first_x, first_y), (last_x, last_y) = points[0], points[-1]
    start, end = (first_x + _BOX_WIDTH / 2, first_y), (last_x - _BOX_WIDTH / 2, last_y)
    knots = [start, *points[1:-1], end]
    vertices, codes = [start], [Path.MOVETO]
    for (x, y), (next_x, next_y) in itertools.pairwise(knots):
        middle = (x + next_x) / 2
        vertices += [(middle, y), (middle, next_y), (next_x, next_y)]
        codes += [Path.CURVE4] * 3
    return FancyArrowPatch(
        path=Path(vertices, codes), arrowstyle="-|>,head_width=2.6,head_length=4",
        linewidth=1.2, color=palette.INK, shrinkA=0, shrinkB=0, zorder=2,
    )  # fmt: skip
