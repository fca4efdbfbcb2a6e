"""Means, deviations and paired comparisons, worked by hand."""

import pytest

from nasbench_templates.analysis.paired import paired_difference, summarise
from nasbench_templates.errors import ConfigError


def test_summary_of_three_values():
    summary = summarise((1.0, 2.0, 6.0))
    # Squares about 3: 4 + 1 + 9 = 14, over 2 degrees of freedom.
    assert (summary.count, summary.mean) == (3, 3.0)
    assert summary.std == pytest.approx(7**0.5)


def test_two_values_have_no_deviation_and_none_no_mean():
    assert summarise((1.0, 2.0)).std is None
    assert summarise(()).mean is None


def test_interval_of_three_pairs():
    # Differences 1, 2, 3: mean 2, deviation 1; t(0.975, 2) = 4.302653 (Student's table).
    found = paired_difference((10, 20, 30), (11, 22, 33))
    margin = 4.302653 / 3**0.5
    assert found.mean == pytest.approx(2)
    assert (found.low, found.high) == pytest.approx((2 - margin, 2 + margin), abs=1e-5)
    assert found.verdict == "open"


def test_pairing_leaves_out_what_the_seeds_share():
    # The seeds scatter by 10, the differences by nothing.
    found = paired_difference((10, 20, 30), (11, 21, 31))
    assert (found.low, found.high, found.verdict) == (1, 1, "higher")
    assert paired_difference((11, 21, 31), (10, 20, 30)).verdict == "lower"


def test_one_seed_makes_no_claim():
    assert paired_difference((0.9,), (0.95,)) is None


def test_unpaired_values_and_impossible_levels_are_refused():
    with pytest.raises(ConfigError, match="as many values"):
        paired_difference((1, 2), (1,))
    with pytest.raises(ConfigError, match="confidence in"):
        paired_difference((1, 2), (1, 2), confidence=95)
