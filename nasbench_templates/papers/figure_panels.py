"""Rows of a study as the panels of the papers' figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from nasbench_templates.papers.runner import StudyOutcome
from nasbench_templates.papers.study import TrainingStudy
from nasbench_templates.report import study_plots
from nasbench_templates.report.result_tables import Value
from nasbench_templates.report.study_plots import Panel, Point

# Key of a row -> label of the axis and factor to its unit.
RESOURCES = {
    "trainable_params": ("parameters, millions", 1e-6),
    "summary_memory_mb": ("memory, MB (computed, one image)", 1.0),
    "latency_ms": ("inference, ms (batch 1)", 1.0),
}
_ACCURACY_LABEL = "test accuracy, %"


def draw_accuracy(
    study: TrainingStudy,
    rows: Sequence[Mapping[str, Value]],
    outcomes: Sequence[StudyOutcome],
    paths: Sequence[str],
) -> None:
    """Draws accuracy against each resource.

    Args:
        study: whose rows these are.
        rows: from `score_table.score_rows`.
        outcomes: of the same study.
        paths: of the files to write.

    Raises:
        OSError: a file cannot be written.
    """
    del study  # every study is drawn alike
    study_plots.plot_panels(accuracy_panels(rows, outcomes), paths)


def accuracy_panels(
    rows: Sequence[Mapping[str, Value]],
    outcomes: Sequence[StudyOutcome],
    *,
    is_curve: bool = False,
    reference: str = "",
    resources: Mapping[str, tuple[str, float]] = RESOURCES,
) -> tuple[Panel, ...]:
    """Returns a panel for each data set, network and resource; rows without a score are left out.

    There is none of inference where the rows were timed on several devices.

    Args:
        rows: from `score_table.score_rows`.
        outcomes: of the same study, for the spread of the repetitions.
        is_curve: whether the variants of a template are joined by a line, as the drafts' curves;
            dashed lines then cross at the base without a variant.
        reference: variant of the base where they cross for networks that have no such base.
        resources: key of a row -> label of its axis and factor to its unit.
    """
    spread = _spread(outcomes)
    has_own = {
        (row["dataset"], row["network"])
        for row in rows
        if row["template"] == "base" and not row["variant"]
    }
    fields: dict[tuple, list[Mapping[str, Value]]] = {}
    for row in rows:
        if row["test_accuracy_percent"] is not None:
            fields.setdefault((row["dataset"], row["network"]), []).append(row)
    return tuple(
        _panel(
            place,
            found,
            resource,
            resources[resource],
            spread,
            is_curve=is_curve,
            reference="" if place in has_own else reference,
        )
        for place, found in fields.items()
        for resource in resources
        if _is_known(resource, found)
    )


def _is_known(resource: str, rows: Sequence[Mapping[str, Value]]) -> bool:
    """Returns whether all have it: an interrupted study has no times yet."""
    if any(row[resource] is None for row in rows):
        return False
    # Times of different devices are not comparable.
    return resource != "latency_ms" or len({row["device"] for row in rows}) == 1


def _spread(outcomes: Sequence[StudyOutcome]) -> dict[tuple, list[float]]:
    values: dict[tuple, list[float]] = {}
    for outcome in outcomes:
        if outcome.result is not None:
            run = outcome.run
            key = (run.data.name, run.network.network, run.variant, run.network.template)
            values.setdefault(key, []).append(100 * outcome.result["test_accuracy"])
    return values


def _panel(
    place: tuple[str, str],
    rows: Sequence[Mapping[str, Any]],
    resource: str,
    axis: tuple[str, float],
    spread: Mapping[tuple, Sequence[float]],
    *,
    is_curve: bool,
    reference: str,
) -> Panel:
    label, factor = axis
    series: dict[str, list[Point]] = {}
    crossing = None
    for row in rows:
        values = spread[row["dataset"], row["network"], row["variant"], row["template"]]
        point = Point(
            factor * row[resource], row["test_accuracy_percent"], min(values), max(values)
        )
        if row["template"] == "base" and (not is_curve or row["variant"] == reference):
            crossing = (point.x, point.y)
        if not is_curve:
            series.setdefault(f"{row['template']} {row['variant']}".strip(), []).append(point)
        elif row["variant"]:
            # In the order of the rows, which is the multipliers': measured times may cross.
            series.setdefault(row["template"], []).append(point)
    dataset, network = place
    return Panel(f"{network}, {dataset}", label, _ACCURACY_LABEL, series, crossing, is_curve)
