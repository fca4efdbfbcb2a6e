"""The picture of a search: accuracies of its trials, widths and scores of winner and base."""

from collections.abc import Mapping
from typing import Any

from nasbench_templates.report import pictures, plots

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
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    trials, widths = figure.subplots(1, 2)
    _draw_trials(trials, content)
    _draw_widths(widths, content)
    pictures.write(figure, path)


def _draw_trials(axes: Any, content: Mapping[str, Any]) -> None:
    best: list[tuple[int, float]] = []
    for status, style in ((_COMPLETE, "o"), (_PRUNED, "x")):
        known = [
            (each["trial"], 100 * each["val_accuracy"])
            for each in content["trials"]
            if each["status"] == status and each["val_accuracy"] is not None
        ]
        if known:
            label = "trained to the end" if status == _COMPLETE else "stopped before"
            axes.plot(*zip(*known, strict=True), style, markersize=5, label=label)
        if status == _COMPLETE:
            for number, value in known:
                best.append((number, max(value, best[-1][1] if best else value)))
    if best:
        axes.step(*zip(*best, strict=True), where="post", color="0.6", linewidth=1, label="best")
    base = content["base"]["val_accuracy"]
    if base is not None:
        axes.axhline(100 * base, color="0.2", linestyle="--", linewidth=1, label="base")
    axes.set_xlabel("trial")
    axes.set_ylabel("validation accuracy, %")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)


def _draw_widths(axes: Any, content: Mapping[str, Any]) -> None:
    for role in ("base", "winner"):
        each = content[role]
        if each is None:
            continue
        style = {"color": "0.3", "linewidth": 2.5} if role == "base" else {"linewidth": 1.5}
        slots = range(1, len(each["filters"]) + 1)
        label = role if role == "base" else each["template"]
        axes.plot(slots, each["filters"], "o-", markersize=3, label=label, **style)
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
