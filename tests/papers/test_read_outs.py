"""What reaches the base's accuracy, by hand."""

import dataclasses

import pytest
import study_cases

from nasbench_templates.papers import read_outs
from nasbench_templates.papers.read_outs import Point
from nasbench_templates.papers.runner import StudyOutcome


@pytest.mark.parametrize(
    ("points", "accuracy", "amount"),
    [
        ([Point(10, 0.5), Point(20, 0.7), Point(40, 0.9)], 0.8, 30),
        ([Point(40, 0.9), Point(20, 0.7), Point(10, 0.5)], 0.7, 20),  # in any order, at a point
        ([Point(10, 0.5), Point(20, 0.4), Point(40, 0.9)], 0.5, 10),  # the smallest, not the last
        ([Point(10, 0.5), Point(20, 0.7)], 0.71, None),
        ([Point(10, 0.5)], 0.3, 10),
    ],
)
def test_smallest_amount_is_on_the_straight_line_between_points(points, accuracy, amount):
    found = read_outs.smallest_amount(points, accuracy)
    assert found == (None if amount is None else pytest.approx(amount))


def outcomes(base, curve):
    """One base and one point of a curve for each seed, with accuracies by seed."""
    made = []
    study = study_cases.study(("base", "b"), tuple(range(len(base))))
    for run in study.runs:
        is_base = run.network.template == "base"
        accuracy = (base if is_base else curve)[run.seed]
        variant = "" if is_base else "x1"
        result = None if accuracy is None else {"test_accuracy": accuracy}
        varied = dataclasses.replace(run, variant=variant)
        made.append(StudyOutcome(varied, run.network.plan(), result))
    return made


def test_share_is_the_mean_over_the_seeds_that_reach_the_base():
    found = outcomes((0.6, 0.6, 0.6, 0.6), (0.7, 0.5, 0.7, None))
    (row,) = read_outs.table(found, "").rows
    costs = {each.run.network.template: each.network.cost for each in found}
    share = 100 * costs["b"].trainable_params / costs["base"].trainable_params
    assert (row["seeds"], row["reached"]) == (3, 2)
    assert row["parameters_percent"] == pytest.approx(share)
    assert row["parameters_low"] == pytest.approx(share)  # both seeds alike


def test_without_any_that_reaches_there_is_no_share():
    (row,) = read_outs.table(outcomes((0.6,), (0.5,)), "").rows
    assert row["reached"] == 0
    assert row["parameters_percent"] is None
    assert row["memory_low"] is None
