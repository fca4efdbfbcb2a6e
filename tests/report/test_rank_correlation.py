import math

import numpy as np
import pytest
from scipy import stats

from nasbench_templates.report.rank_correlation import Correlation, rank_agreement


def agreement(first, second, num_resamples=0, seed=0):
    return rank_agreement(first, second, num_resamples=num_resamples, seed=seed)


def test_one_exchange_among_three():
    # Rank differences 0, 1, 1: 1 - 6 * 2 / (3 * 8). Pairs: two in order, one against it.
    found = agreement([0.1, 0.2, 0.3], [0.5, 0.9, 0.7])
    assert found.count == 3
    assert found.spearman.value == pytest.approx(1 / 2)
    assert found.kendall.value == pytest.approx(1 / 3)


def test_ties_take_mean_ranks_and_leave_the_pairs():
    # Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: 4.5 / sqrt(4.5 * 5).
    # Of 6 pairs 5 are in order, one is tied on one side: 5 / sqrt(5 * 6).
    found = agreement([1, 2, 2, 3], [1, 2, 3, 4])
    assert found.spearman.value == pytest.approx(4.5 / math.sqrt(22.5))
    assert found.kendall.value == pytest.approx(5 / math.sqrt(30))


def test_only_ranks_count():
    values = [0.2, 0.9, 0.1, 0.4]
    found = agreement(values, [math.exp(10 * value) for value in values])
    assert found.spearman.value == pytest.approx(1)
    assert found.kendall.value == pytest.approx(1)


def test_reversed_order_in_every_resample():
    found = agreement([1, 2, 3, 4], [8, 6, 4, 2], num_resamples=100)
    for correlation in (found.spearman, found.kendall):
        assert (correlation.value, correlation.low, correlation.high) == pytest.approx((-1, -1, -1))


def test_resamples_of_one_thing_alone_have_no_order_and_are_left_out():
    # Three of the 27 draws of three things take one of them three times.
    found = agreement([1, 2, 3], [1, 2, 3], num_resamples=2700)
    assert found.num_resamples == pytest.approx(2400, abs=70)
    assert (found.spearman.low, found.spearman.high) == pytest.approx((1, 1))


def test_interval_of_many_things_is_about_as_wide_as_theory_says():
    # Half of the pairs are shuffled blocks; Fisher's z: about 1.06 / sqrt(n - 3) for rho, each side
    # 1.96 times that, which is 0.2 in z for n = 108.
    first = list(range(108))
    second = [value * 37 % 108 if value % 2 else value for value in first]
    found = agreement(first, second, num_resamples=500).spearman
    below = math.atanh(found.value) - math.atanh(found.low)
    above = math.atanh(found.high) - math.atanh(found.value)
    assert found.low < found.value < found.high
    assert (below + above) / 2 == pytest.approx(0.2, abs=0.06)


def test_intervals_are_those_of_scipy_where_every_draw_has_a_coefficient():
    draws = np.random.default_rng(5)
    first = draws.normal(size=40)
    second = first + draws.normal(size=40)
    own = agreement(first, second, num_resamples=200, seed=11)
    assert own.num_resamples == 200
    for found, statistic in ((own.spearman, stats.spearmanr), (own.kendall, stats.kendalltau)):
        expected = stats.bootstrap(
            (first, second),
            lambda *pairs, statistic=statistic: statistic(*pairs).statistic,
            paired=True,
            vectorized=False,
            n_resamples=200,
            method="percentile",
            random_state=np.random.default_rng(11),
        ).confidence_interval
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-12)


def test_seed_decides_the_intervals():
    first, second = [1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5]
    once, again, other = (
        agreement(first, second, num_resamples=50, seed=seed) for seed in (3, 3, 4)
    )
    assert once == again
    assert once != other
    assert once.spearman.value == other.spearman.value


@pytest.mark.parametrize(
    ("first", "second"), [([], []), ([1], [2]), ([1, 2], [1, 2]), ([1, 2, 3], [5, 5, 5])]
)
def test_no_correlation_of_few_things_or_equal_ones(first, second):
    found = agreement(first, second, num_resamples=10)
    assert found.spearman == found.kendall == Correlation(None)
    assert found.num_resamples == 0


def test_every_resample_is_reported():
    calls = []
    rank_agreement(
        [1, 2, 3], [1, 2, 3], num_resamples=7, seed=0, on_resample=lambda: calls.append(1)
    )
    assert len(calls) == 7


def test_different_lengths_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        agreement([1, 2, 3], [1, 2])
