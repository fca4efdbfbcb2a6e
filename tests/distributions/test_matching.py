from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_templates.distributions.matching import match_budget
from nasbench_templates.support.errors import BudgetError


def square(filters):
    return filters[0] ** 2


def flat(peak):
    return (peak,)


@given(st.integers(1, 10**7), st.integers(1, 7))
def test_next_peak_exceeds_the_budget(budget, step):
    if step**2 > budget:
        return
    match = match_budget(flat, square, budget, step=step)
    assert match.peak % step == 0
    assert match.achieved == match.peak**2 <= budget < (match.peak + step) ** 2
    assert match.gap == pytest.approx(match.achieved / budget - 1, abs=1e-12)


@given(st.integers(1, 10**7))
def test_nearest_is_no_worse_than_its_neighbours(budget):
    match = match_budget(flat, square, budget, rule="nearest")
    best = abs(match.achieved - budget)
    assert all(best <= abs(n * n - budget) for n in (match.peak - 1, match.peak + 1) if n)


def test_nearest_takes_the_cheaper_of_two_as_close():
    assert match_budget(flat, sum, Fraction(7, 2), rule="nearest").peak == 3


def test_smallest_peak_is_a_floor():
    assert match_budget(flat, square, 50, smallest=7).peak == 7
    with pytest.raises(
        BudgetError, match="budget 48 is below the smallest network: with peak 7 it"
    ):
        match_budget(flat, square, 48, smallest=7)


def test_steps_start_at_a_multiple():
    with pytest.raises(BudgetError, match="with peak 10"):
        match_budget(flat, square, 99, smallest=7, step=10)
