"""The plot of searches on records: regret over simulated time, with the band of the runs."""

import itertools
from collections.abc import Sequence

from nasbench_templates.report import pictures
from nasbench_templates.space.search_curves import CurvePoint


def plot_regret(points: Sequence[CurvePoint], unit: str, title: str, path: str) -> None:
    """Draws median and mean of every strategy, and between which values half of its runs lie.

    Args:
        points: of the curves, strategy after strategy.
        unit: of the regret.
        title: what was searched.
        path: file to write; its suffix chooses the format.

    Raises:
        OSError: the file cannot be written.
    """
    # Without pyplot: no global state and no display needed.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5.2), layout="constrained")
    axes = figure.subplots()
    groups = itertools.groupby(points, lambda point: point.strategy)
    for place, (strategy, group) in enumerate(groups):
        curve = list(group)
        seconds = [point.simulated_seconds for point in curve]
        color = f"C{place}"
        low, high = [point.q25 for point in curve], [point.q75 for point in curve]
        axes.fill_between(seconds, low, high, color=color, alpha=0.2, linewidth=0)
        label = f"{strategy} ({curve[0].runs} runs)"
        axes.plot(seconds, [point.median for point in curve], color=color, label=label)
        axes.plot(seconds, [point.mean for point in curve], "--", color=color, linewidth=1)
    axes.set_xscale("log")
    if min(point.q25 for point in points) > 0:
        axes.set_yscale("log")
    else:
        # Where runs find the best cell their regret is 0, which has no logarithm.
        smallest = min((point.mean for point in points if point.mean > 0), default=1e-4)
        axes.set_yscale("symlog", linthresh=max(smallest, 1e-4))
        axes.set_ylim(bottom=0)
    axes.set_xlabel("simulated training time, s")
    axes.set_ylabel(f"regret in {unit}")
    axes.set_title(title, fontsize=8, wrap=True)
    axes.grid(alpha=0.3, which="both")
    axes.legend(title="median, 25-75 % of the runs; mean dashed", frameon=False)
    pictures.write(figure, path)
