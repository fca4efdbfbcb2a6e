"""Corrections of single slots between two peaks."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import MatchSettings
from nasbench_templates.distributions.corrections import corrected
from nasbench_templates.distributions.matching import match_budget
from nasbench_templates.support.errors import ConfigError


def chain_cost(filters):
    return sum(a * b for a, b in itertools.pairwise((3, *filters, 10)))


def test_a_corrected_slot_is_at_most_a_step_away():
    filters = (20,) * 8
    found = corrected(filters, chain_cost, 2935)
    assert chain_cost(filters) == 3060
    assert max(abs(new - old) for new, old in zip(found, filters, strict=True)) == 1
    assert abs(chain_cost(found) - 2935) < 10


@pytest.mark.parametrize("budget", [3000, 3333, 3700])
def test_closest_is_never_farther_than_nearest(budget):
    nearest, closest = (
        match_budget(lambda peak: (peak,) * 6, chain_cost, budget, rule=rule)
        for rule in ("nearest", "closest")
    )
    assert abs(closest.gap) <= abs(nearest.gap)
    assert abs(closest.gap) < 0.005


def test_plateaus_are_stepped_over():
    def cost(filters):
        return sum(width // 8 * 8 for width in filters)

    assert cost(corrected((16, 16, 16, 16), cost, 80)) == 80


def test_very_few_slots_may_take_two_steps_where_one_leaves_a_large_gap():
    assert corrected((10, 10), lambda filters: filters[0] * filters[1], 132) == (11, 12)
    assert corrected((10, 10), lambda filters: filters[0] * filters[1], 121) == (11, 11)


def test_no_width_falls_below_the_smallest():
    found = corrected((4, 4, 9), math.prod, 130, smallest=4)
    assert min(found) == 4


@given(
    st.lists(st.integers(2, 40), min_size=1, max_size=8).map(tuple),
    st.integers(50, 5000),
    st.integers(1, 4),
)
def test_corrections_never_move_away(filters, budget, unit):
    found = corrected(filters, chain_cost, budget, unit)
    assert abs(chain_cost(found) - budget) <= abs(chain_cost(filters) - budget)
    assert all((new - old) % unit == 0 for new, old in zip(found, filters, strict=True))


def test_divisors_hold_for_every_architecture():
    settings = MatchSettings("macs", "closest", divisor=8)
    for design in plan("vgg11", ["a", "b", "d", "reverse"], settings):
        assert all(width % 8 == 0 for width in design.filters)
    assert abs(plan("vgg11", "b", settings)[0].gap) < 0.01
    with pytest.raises(ConfigError, match="divisor >= 1"):
        MatchSettings(divisor=0)
