"""Pictures: widths under templates, cells, parameters against accuracy, a clip's features."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nasbench_templates.networks.cells import Cell
from nasbench_templates.report import pictures
from nasbench_templates.support.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
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
    for name, widths in filters.items():
        style = {"color": "0.3", "linewidth": 2.5} if name == "base" else {"linewidth": 1.5}
        axes.plot(range(1, len(widths) + 1), widths, "o-", markersize=3, label=name, **style)
    axes.set_xlabel("slot, from input to output")
    axes.set_ylabel("filters")
    axes.set_ylim(bottom=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(title="template", frameon=False)
    _save(figure, path)


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
    figure = _figure(1.6 * cell.num_vertices, 3)
    axes = figure.subplots()
    for source, row in enumerate(cell.matrix):
        for target, is_edge in enumerate(row):
            if is_edge:
                # Edges that pass over vertices bend, alternately up and down, to stay apart.
                bend = 0.0 if target == source + 1 else 0.28 * (-1) ** source
                axes.annotate(
                    "",
                    (target, 0),
                    (source, 0),
                    arrowprops={
                        "arrowstyle": "-|>",
                        "color": "0.2",
                        "shrinkA": 26,
                        "shrinkB": 26,
                        "connectionstyle": f"arc3,rad={bend}",
                    },
                )
    for vertex, op in enumerate(cell.ops):
        label = op.replace("-bn-relu", "").replace("-", "\n")
        box = {"boxstyle": "round", "facecolor": "0.93", "edgecolor": "0.4"}
        axes.text(vertex, 0, label, ha="center", va="center", fontsize=8, bbox=box)
    axes.set_xlim(-0.6, cell.num_vertices - 0.4)
    axes.set_ylim(-1.2, 1.2)
    axes.set_axis_off()
    _save(figure, path)


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
    axes.axline((0, 0), slope=1, color="0.6", linewidth=1, zorder=1)
    # See-through, so that dense places look dense.
    axes.scatter(*percent, s=14, alpha=0.5, linewidths=0, zorder=2)
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
    axes.plot(*records, ".", color="0.85", markersize=2, rasterized=True, label="records")
    axes.plot(*front, "o-", color="0.2", markersize=4, label="base, Pareto front")
    for name, params in moved.items():
        axes.plot(params, front[1], "|", markersize=9, markeredgewidth=1.5, label=name)
    axes.set_xscale("log")
    axes.set_xlabel("trainable parameters")
    axes.set_ylabel("validation accuracy of the base")
    lowest, highest = min(front[1]), max(front[1])
    # Diverged trainings would leave the front a line at the top.
    margin = max(0.1 * (highest - lowest), 0.005)
    axes.set_ylim(lowest - margin, highest + margin)
    axes.grid(alpha=0.3)
    axes.legend(title="same cost, template", frameon=False)
    _save(figure, path)


def check_format(path: str) -> None:
    """Checks that a picture can be written in the format that a file name asks for.

    Raises:
        ConfigError: a suffix that matplotlib cannot write.
    """
    _check_format(_figure(1, 1), path)


def _figure(width: float, height: float) -> "Figure":
    # Without pyplot: no global state and no display needed.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


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
