"""What the drafts' texts read out of their curves: how little reaches the base's accuracy.

An arbitrary horizontal line in a curve compares what templates take for the same accuracy. Here the
line is the unreduced base's accuracy of the same seed, and between two multipliers a curve is taken
as straight; the smallest amount where it meets the line counts, in percent of what the base takes.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from nasbench_templates.papers.runner import StudyOutcome
from nasbench_templates.report import paired
from nasbench_templates.report.result_tables import Column, ResultTable, Value

# Field of the cost -> what it is called.
RESOURCES = {"trainable_params": "parameters", "activations": "memory"}
NOTE = (
    "Smallest amount at which a curve, straight between its multipliers, reaches the accuracy of "
    "the unreduced base with the same seed, in percent of what that base takes; mean over the "
    "seeds that reach it, with Student's t interval. Memory: computed activations. A curve that is "
    "above the base from its smallest multiplier on is given with that multiplier's amount, so its "
    "share is at most this."
)


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    """A trained network on a curve.

    Attributes:
        amount: of the resource that it takes.
        accuracy: on the test images, 0..1.
    """

    amount: float
    accuracy: float


def smallest_amount(points: Iterable[Point], accuracy: float) -> float | None:
    """Returns the smallest amount at which a curve has an accuracy; `None` if it never does.

    Example:
        >>> smallest_amount([Point(1, 0.5), Point(3, 0.7)], 0.6)
        2.0
    """
    ordered = sorted(points, key=lambda point: point.amount)
    before = None
    for point in ordered:
        if point.accuracy >= accuracy:
            if before is None:
                return float(point.amount)
            part = (accuracy - before.accuracy) / (point.accuracy - before.accuracy)
            return before.amount + part * (point.amount - before.amount)
        before = point
    return None


def table(outcomes: Sequence[StudyOutcome], reference: str) -> ResultTable:
    """Returns a row for every data set, network and template whose runs finished.

    Args:
        outcomes: of a study of curves.
        reference: variant of the base that the line goes through, where there is no base without
            a variant.
    """
    curves: dict[tuple[str, str, str], dict[int, list[StudyOutcome]]] = {}
    for outcome in outcomes:
        run = outcome.run
        if outcome.result is not None and run.variant:
            place = run.data.name, run.network.network, run.network.template
            curves.setdefault(place, {}).setdefault(run.seed, []).append(outcome)
    bases = _bases(outcomes, reference)
    rows = tuple(_row(place, seeds, bases) for place, seeds in curves.items())
    columns = [
        Column("dataset", "data set"), Column("network", "network"), Column("template", "template"),
        Column("seeds", "seeds"), Column("reached", "reach the base"),
    ]  # fmt: skip
    for name in RESOURCES.values():
        columns += [
            Column(f"{name}_percent", f"{name}, % of base", 1),
            Column(f"{name}_low", "95 % from", 1),
            Column(f"{name}_high", "to", 1),
        ]
    return ResultTable("What reaches the base's accuracy", tuple(columns), rows, note=NOTE)


def _bases(
    outcomes: Sequence[StudyOutcome], reference: str
) -> Mapping[tuple[str, str, int], StudyOutcome]:
    found: dict[tuple[str, str, int], StudyOutcome] = {}
    for outcome in outcomes:
        run = outcome.run
        key = run.data.name, run.network.network, run.seed
        is_base = run.network.template == "base" and outcome.result is not None
        if is_base and (not run.variant or (run.variant == reference and key not in found)):
            found[key] = outcome
    return found


def _row(
    place: tuple[str, str, str],
    seeds: Mapping[int, Sequence[StudyOutcome]],
    bases: Mapping[tuple[str, str, int], StudyOutcome],
) -> dict[str, Value]:
    dataset, network, template = place
    row: dict[str, Value] = {"dataset": dataset, "network": network, "template": template}
    row["seeds"] = len(seeds)
    for field, name in RESOURCES.items():
        shares = []
        for seed, curve in seeds.items():
            base = bases.get((dataset, network, seed))
            share = None if base is None else _share(curve, base, field)
            if share is not None:
                shares.append(share)
        row["reached"] = len(shares)
        found = paired.paired_difference((0.0,) * len(shares), shares)
        row[f"{name}_percent"] = paired.summarise(shares).mean
        row[f"{name}_low"] = None if found is None else found.low
        row[f"{name}_high"] = None if found is None else found.high
    return row


def _share(curve: Sequence[StudyOutcome], base: StudyOutcome, field: str) -> float | None:
    points = [
        Point(getattr(each.network.cost, field), each.result["test_accuracy"])
        for each in curve
        if each.result is not None
    ]
    if base.result is None:
        return None
    amount = smallest_amount(points, base.result["test_accuracy"])
    return None if amount is None else 100 * amount / getattr(base.network.cost, field)
