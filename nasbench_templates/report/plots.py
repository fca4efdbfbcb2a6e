"""Pictures: widths under templates, cells, parameters against accuracy, a clip's features."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nasbench_templates.networks.cells import Cell
from nasbench_templates.report import cell_picture, palette, pictures
from nasbench_templates.support.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_widths(filters: Mapping[str, Sequence[int]], path: str) -> None:
    """Draws the filters of every slot, one line for each template, as figure 1 of the paper.

    Args:
        filters: widths for each template's name.
        path: file to write; its suffix chooses the format.

    Raises:
        ConfigError: a suffix that matplotlib cannot write.
        OSError: the file cannot be written.
    """
    figure = _figure(7, 4)
    axes = figure.subplots()
    draw_widths(axes, filters)
    axes.set_xlabel("slot, from input to output")
    axes.set_ylabel("filters")
    axes.set_ylim(bottom=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(title="template", frameon=False)
    _save(figure, path)


def draw_widths(axes: "Axes", filters: Mapping[str, Sequence[int]]) -> None:
    """Draws the filters of every slot into axes, a line for each template."""
    looks = palette.looks(list(filters))
    for name, widths in filters.items():
        look = looks[name]
        axes.plot(
            range(1, len(widths) + 1), widths, marker=look.marker, linestyle=look.line,
            color=look.colour, markersize=4, label=name,
            linewidth=2.6 if name.split(" ", 1)[0] == palette.BASE else 1.5,
        )  # fmt: skip


def plot_features(
    features: "np.ndarray", windows_ms: Sequence[float], seconds: float, path: str
) -> None:
    """Draws the log-mel features of an audio clip, one panel for each window, on one scale.

    Args:
        features: `(bands, frames, windows)`.
        windows_ms: lengths of the windows in milliseconds, for the titles.
        seconds: length of the clip.
        path: file to write; its suffix chooses the format.

    Raises:
        ConfigError: a suffix that matplotlib cannot write.
        OSError: the file cannot be written.
    """
    bands, _, num_windows = features.shape
    figure = _figure(3.2 * num_windows, 3)
    panels = figure.subplots(1, num_windows, sharey=True, squeeze=False)[0]
    limits = {"vmin": features.min(), "vmax": features.max()}
    for channel, (axes, window) in enumerate(zip(panels, windows_ms, strict=True)):
        drawn = axes.imshow(
            features[:, :, channel],
            origin="lower",
            aspect="auto",
            extent=(0, seconds, 0, bands),
            **limits,
        )
        axes.set_title(f"window {window:g} ms", fontsize=10)
        axes.set_xlabel("time in s")
    panels[0].set_ylabel("mel band")
    figure.colorbar(drawn, ax=list(panels), label="ln(power + 1e-6)")
    _save(figure, path)


def plot_cell(cell: Cell, path: str) -> None:
    """Draws a cell's vertices from left to right with an arrow for each edge.

    Args:
        cell: what to draw.
        path: file to write; its suffix chooses the format.

    Raises:
        ConfigError: a suffix that matplotlib cannot write.
        OSError: the file cannot be written.
    """
    check_format(path)
    cell_picture.plot_cell(cell, path)


def plot_shares(grids: Mapping[str, Sequence[Sequence[float]]], path: str) -> None:
    """Draws how much each layer takes from each resolution, one grid for each network.

    Args:
        grids: for each network's name the shares (0..1) of every layer, the full resolution first.
        path: file to write; its suffix chooses the format.

    Raises:
        ConfigError: a suffix that matplotlib cannot write.
        OSError: the file cannot be written.

    Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes", figure 3.
    """
    figure = _figure(2.2 * len(grids) + 1, 3.2)
    image = None
    all_axes = figure.subplots(1, len(grids), squeeze=False)[0]
    for axes, (name, layers) in zip(all_axes, grids.items(), strict=True):
        image = axes.imshow(layers, vmin=0, vmax=1, cmap="viridis", aspect="auto")
        for row, shares in enumerate(layers):
            for column, share in enumerate(shares):
                color = "white" if share < 0.6 else "black"
                axes.text(column, row, f"{share:.2f}", ha="center", va="center", color=color)
        axes.set_title(name, fontsize=9)
        axes.set_xticks(range(len(layers[0])), [f"1/{2**r}" for r in range(len(layers[0]))])
        axes.set_yticks(range(len(layers)), range(1, len(layers) + 1))
        axes.set_xlabel("resolution")
    all_axes[0].set_ylabel("layer, from input to output")
    figure.colorbar(image, ax=list(all_axes), label="share")
    _save(figure, path)


def plot_accuracies(
    known: Sequence[float], ours: Sequence[float], known_label: str, our_label: str, path: str
) -> None:
    """Draws a point for each cell, and the line on which both accuracies would be equal.

    Args:
        known: accuracies for the horizontal axis, fractions in [0, 1].
        ours: as many, for the vertical axis.
        known_label: what the horizontal axis shows; the unit, %, is added.
        our_label: what the vertical axis shows.
        path: file to write; its suffix chooses the format.

    Raises:
        ConfigError: a suffix that matplotlib cannot write.
        OSError: the file cannot be written.
    """
    figure = _figure(5, 5)
    axes = figure.subplots()
    percent = [[100 * value for value in values] for values in (known, ours)]
    axes.axline((0, 0), slope=1, color=palette.FAINT, linewidth=1, zorder=1)
    # See-through, so that dense places look dense.
    colour = palette.look("b").colour
    axes.scatter(*percent, s=14, alpha=0.5, linewidths=0, zorder=2, color=colour)
    lowest, highest = min(map(min, percent)), max(map(max, percent))
    margin = 0.05 * max(highest - lowest, 1)
    axes.set(xlim=(lowest - margin, highest + margin), ylim=(lowest - margin, highest + margin))
    axes.set_aspect("equal")
    axes.set_xlabel(f"{known_label}, %")
    axes.set_ylabel(f"{our_label}, %")
    axes.grid(alpha=0.3)
    _save(figure, path)


def plot_pareto(
    records: tuple[Sequence[float], Sequence[float]],
    front: tuple[Sequence[float], Sequence[float]],
    moved: Mapping[str, Sequence[float]],
    path: str,
) -> None:
    """Draws accuracy against parameters, the best cells and where templates move those.

    Args:
        records: trainable parameters and validation accuracy (0..1) of all cells with a record.
        front: the same of the cells on the Pareto front, by increasing parameters.
        moved: for each template, the parameters of the front's cells under it; NaN for none. Their
            accuracy is not known, so they stand at the height of the cell's own.
        path: file to write; its suffix chooses the format.

    Raises:
        ConfigError: a suffix that matplotlib cannot write.
        OSError: the file cannot be written.
    """
    figure = _figure(8, 5)
    axes = figure.subplots()
    axes.plot(
        *records, ".", color=palette.FAINT, alpha=0.35, markersize=2, rasterized=True,
        label="base, all records (measured)",
    )  # fmt: skip
    base = palette.look(palette.BASE)
    axes.plot(
        *front, marker=base.marker, color=base.colour, linewidth=2, markersize=4,
        label="base, Pareto front (measured)",
    )  # fmt: skip
    for name, look in palette.looks(list(moved)).items():
        # Hollow and without a line: a place on the horizontal axis, no result.
        axes.plot(
            moved[name], front[1], look.marker, markersize=5, markerfacecolor="none",
            markeredgecolor=look.colour, label=f"{name} (parameters only)",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlabel("trainable parameters")
    axes.set_ylabel("validation accuracy of the base")
    if moved:
        axes.set_title(
            "Hollow: the front's cells under templates, at the height of their base; "
            "nobody measured their accuracy", fontsize=9, loc="left",
        )  # fmt: skip
    lowest, highest = min(front[1]), max(front[1])
    # Diverged trainings would leave the front a line at the top.
    margin = max(0.1 * (highest - lowest), 0.005)
    axes.set_ylim(lowest - margin, highest + margin)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=8)
    _save(figure, path)


def check_format(path: str) -> None:
    """Checks that a picture can be written in the format that a file name asks for.

    Raises:
        ConfigError: a suffix that matplotlib cannot write.
    """
    _check_format(_figure(1, 1), path)


def _figure(width: float, height: float) -> "Figure":
    return pictures.new_figure(width, height)


def _save(figure: "Figure", path: str) -> None:
    _check_format(figure, path)
    pictures.write(figure, path)


def _check_format(figure: "Figure", path: str) -> None:
    supported = figure.canvas.get_supported_filetypes()
    suffix = pathlib.Path(path).suffix.lstrip(".").lower()
    if suffix not in supported:
        raise ConfigError(
            f"expected a file name in {', '.join(sorted(supported))}, received {path}"
        )
