"""Means, deviations and paired comparisons, worked by hand."""

import pytest
from scipy import stats

from nasbench_templates.report.paired import difference_row, mean_of, paired_difference, summarise
from nasbench_templates.support.errors import ConfigError


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


def test_interval_is_that_of_the_library_test():
    base, other = (0.911, 0.924, 0.907, 0.918), (0.929, 0.921, 0.926, 0.934)
    found = paired_difference(base, other, confidence=0.9)
    expected = stats.ttest_rel(other, base).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-9)


def test_pairing_leaves_out_what_the_seeds_share():
    # The seeds scatter by 10, the differences (1, 1.1, 0.9) by 0.1.
    found = paired_difference((10, 20, 30), (11, 21.1, 30.9))
    margin = 4.302653 * 0.1 / 3**0.5
    assert (found.low, found.high) == pytest.approx((1 - margin, 1 + margin), abs=1e-5)
    assert found.verdict == "higher"
    assert paired_difference((11, 21.1, 30.9), (10, 20, 30)).verdict == "lower"


@pytest.mark.parametrize(
    ("base", "other"),
    [
        ((0.9, 0.9), (0.91, 0.91)),
        ((10, 20, 30), (11, 21, 31)),
        ((0.90, 0.80, 0.70), (0.91, 0.81, 0.71)),  # equal but for rounding
    ],
)
def test_equal_differences_make_no_claim(base, other):
    assert paired_difference(base, other).verdict == "open"


def test_two_pairs_make_no_claim_however_close():
    # Differences 1 and 1.01: mean 1.005, deviation 0.01 / sqrt(2), t(0.975, 1) = 12.7062.
    found = paired_difference((1, 2), (2, 3.01))
    assert found.low == pytest.approx(1.005 - 12.7062 * 0.005, abs=1e-5)
    assert found.verdict == "open"


def test_one_seed_makes_no_claim():
    assert paired_difference((0.9,), (0.95,)) is None


def test_row_takes_the_seeds_that_both_have():
    # Seeds 2 and 5: differences 1 and 3.
    row = difference_row({2: 10.0, 5: 20.0, 7: 30.0}, {5: 23.0, 2: 11.0, 9: 0.0})
    assert (row["difference"], row["verdict"]) == (2, "open")
    assert set(difference_row(None, {2: 11.0}).values()) == {None}
    assert set(difference_row({2: 10.0}, {2: 11.0}).values()) == {None}


def test_mean_leaves_out_results_without_the_figure():
    assert mean_of(({"ms": 1.0}, {}, {"ms": None}, {"ms": 4.0}), "ms") == 2.5
    assert mean_of(({},), "ms") is None


def test_unpaired_values_and_impossible_levels_are_refused():
    with pytest.raises(ConfigError, match="as many values"):
        paired_difference((1, 2), (1,))
    with pytest.raises(ConfigError, match="confidence in"):
        paired_difference((1, 2), (1, 2), confidence=95)
