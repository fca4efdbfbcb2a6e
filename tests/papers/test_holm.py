"""Differences to one base that hold for all at once, by hand."""

import pytest

from nasbench_templates.papers import holm
from nasbench_templates.report import paired

BASE = (70.0, 71.0, 72.0, 73.0)


def plus(*differences):
    return BASE, tuple(base + each for base, each in zip(BASE, differences, strict=True))


def test_one_comparison_is_not_corrected():
    (found,) = holm.differences({"a": plus(1, 2, 3, 2)}).values()
    assert found.difference == paired.paired_difference(*plus(1, 2, 3, 2))
    assert found.verdict == "higher"


def test_the_clearest_is_held_against_the_level_over_the_number_of_comparisons():
    found = holm.differences({"clear": plus(4, 4.1, 3.9, 4), "unclear": plus(1, 2, 3, 2)})
    clear, unclear = found["clear"], found["unclear"]
    assert clear.difference == paired.paired_difference(*plus(4, 4.1, 3.9, 4), confidence=0.975)
    # The last of two is held against the whole level.
    assert unclear.difference == paired.paired_difference(*plus(1, 2, 3, 2), confidence=0.95)
    assert (clear.verdict, unclear.verdict) == ("higher", "higher")


def test_from_the_first_that_fails_on_all_are_open():
    # Alone each has an interval without 0 at 95 %, at half the level none.
    pairs = {"a": plus(0.6, 2.4, 2, 3), "b": plus(-0.5, -2.4, -2, -3.1)}
    alone = [paired.paired_difference(*each) for each in pairs.values()]
    assert [each.verdict for each in alone] == ["higher", "lower"]
    found = holm.differences(pairs)
    assert [each.verdict for each in found.values()] == ["open", "open"]
    for each in found.values():
        assert each.difference.low < 0 < each.difference.high


def test_equal_differences_claim_nothing_and_single_seeds_are_left_out():
    found = holm.differences({"same": plus(1, 1, 1, 1), "single": ((70.0,), (75.0,))})
    assert found.keys() == {"same"}
    assert found["same"].verdict == "open"


def test_rows_have_the_columns_of_a_paired_difference():
    (found,) = holm.differences({"a": plus(1, 2, 3, 2)}).values()
    assert found.to_row() == {
        "difference": pytest.approx(2),
        "difference_low": pytest.approx(found.difference.low),
        "difference_high": pytest.approx(found.difference.high),
        "verdict": "higher",
    }
