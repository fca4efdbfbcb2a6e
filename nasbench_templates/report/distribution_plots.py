"""The picture of a search: accuracies of its trials, widths and scores of winner and base."""

from collections.abc import Mapping
from typing import Any

from nasbench_templates.report import palette, pictures, plots

_COMPLETE, _PRUNED = "complete", "pruned"


def plot_search(content: Mapping[str, Any], path: str) -> None:
    """Draws a search.

    Args:
        content: of `search.json`.
        path: file to write; its suffix chooses the format.

    Raises:
        ConfigError: a suffix that matplotlib cannot write.
        OSError: the file cannot be written.
    """
    plots.check_format(path)
    figure = pictures.new_figure(11, 4)
    trials, widths = figure.subplots(1, 2)
    _draw_trials(trials, content)
    _draw_widths(widths, content)
    pictures.write(figure, path)


def _draw_trials(axes: Any, content: Mapping[str, Any]) -> None:
    best: list[tuple[int, float]] = []
    for status, style in ((_COMPLETE, "o"), (_PRUNED, "x")):
        colour = palette.look("b").colour if status == _COMPLETE else palette.FAINT
        known = [
            (each["trial"], 100 * each["val_accuracy"])
            for each in content["trials"]
            if each["status"] == status and each["val_accuracy"] is not None
        ]
        if known:
            label = "trained to the end" if status == _COMPLETE else "stopped before"
            axes.plot(*zip(*known, strict=True), style, markersize=5, color=colour, label=label)
        if status == _COMPLETE:
            for number, value in known:
                best.append((number, max(value, best[-1][1] if best else value)))
    if best:
        line = {"color": palette.look("b").colour, "linewidth": 1, "alpha": 0.6}
        axes.step(*zip(*best, strict=True), where="post", label="best", **line)
    base = content["base"]["val_accuracy"]
    if base is not None:
        axes.axhline(
            100 * base,
            color=palette.look(palette.BASE).colour,
            linestyle="--",
            linewidth=1,
            label="base",
        )
    axes.set_xlabel("trial")
    axes.set_ylabel("validation accuracy, %")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)


def _draw_widths(axes: Any, content: Mapping[str, Any]) -> None:
    shown = {role: content[role] for role in ("base", "winner") if content[role] is not None}
    plots.draw_widths(
        axes,
        {
            role if role == "base" else each["template"]: each["filters"]
            for role, each in shown.items()
        },
    )
    axes.set_xlabel("slot, from input to output")
    axes.set_ylabel("filters")
    axes.set_ylim(bottom=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    difference = content["difference"]
    if difference is not None:
        axes.set_title(
            f"winner - base, test: {100 * difference['mean']:+.2f} points "
            f"({100 * difference['low']:+.2f} to {100 * difference['high']:+.2f}, "
            f"{difference['seeds']} seeds)",
            fontsize=10,
        )
