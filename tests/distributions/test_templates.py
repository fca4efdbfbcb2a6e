from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_templates.distributions.template import (
    PeakTemplate,
    RedistributionTemplate,
    templates,
)
from nasbench_templates.support.errors import SpecError

PEAK = [name for name in templates if isinstance(templates.get(name), PeakTemplate)]
FIXED = [name for name in templates if isinstance(templates.get(name), RedistributionTemplate)]
BASES = st.lists(st.integers(1, 600), min_size=3, max_size=40).map(tuple)


def exact(name, slots, n_min, n):
    """The table of docs/templates.md, section 1, in fractions."""
    p = slots // 2
    position = [Fraction(i) for i in range(slots)]
    values = {
        "a": [n_min + (n - n_min) * i / (slots - 1) for i in position],
        "b": [Fraction(n)] * slots,
        "c": [n + (n_min - n) * i / (slots - 1) for i in position],
        "d": [
            n_min + (n - n_min) * i / p if i <= p else n + (n_min - n) * (i - p) / (slots - 1 - p)
            for i in position
        ],
        "e": [
            n + (n_min - n) * i / p if i <= p else n_min + (n - n_min) * (i - p) / (slots - 1 - p)
            for i in position
        ],
    }[name]
    return tuple(round(value) for value in values)


@given(st.sampled_from("abcde"), st.integers(2, 40), st.integers(1, 300), st.integers(0, 700))
def test_definition(name, slots, n_min, above):
    found = templates.get(name).filters((n_min,) * slots, n_min + above)
    assert found == exact(name, slots, n_min, n_min + above)


@given(st.sampled_from(PEAK), BASES, st.integers(0, 500))
def test_widths_never_fall_when_the_peak_rises(name, base, above):
    template = templates.get(name)
    peak = template.smallest_peak(base) + above
    low, high = template.filters(base, peak), template.filters(base, peak + 1)
    assert len(low) == len(base)
    assert all(1 <= small <= large for small, large in zip(low, high, strict=True))
    assert max(low) == peak
    assert template.filters(base, peak) == low


def test_ties_are_even():
    assert templates.get("a").filters((37, 0, 0), 38) == (37, 38, 38)
    assert templates.get("a").filters((80, 0, 0), 81) == (80, 80, 81)
    assert templates.get("c").filters((80, 0, 0), 81) == (81, 80, 80)


def test_two_slots_have_an_empty_second_slope():
    assert templates.get("d").filters((4, 8), 10) == (4, 10)
    assert templates.get("e").filters((4, 8), 10) == (10, 4)


def test_one_slot_admits_only_the_uniform_template():
    assert templates.get("b").filters((4,), 10) == (10,)
    for name in "acde":
        with pytest.raises(SpecError, match="expected at least 2 slots, received 1"):
            templates.get(name).filters((4,), 10)


def test_peak_below_the_smallest_width_is_refused():
    with pytest.raises(SpecError, match="received peak 3 and n_min 4"):
        templates.get("a").filters((4, 8), 3)
    assert templates.get("a").filters((4, 8), 3, n_min=2) == (2, 3)


@given(st.sampled_from(FIXED), BASES)
def test_redistributions_are_positive_and_symmetric_where_curved(name, base):
    found = templates.get(name).filters(base)
    assert len(found) == len(base)
    assert min(found) >= 1
    if "quadratic" in name:
        assert found == found[::-1]


@given(BASES)
def test_uniform_and_reverse_keep_the_total(base):
    assert sum(templates.get("reverse").filters(base)) == sum(base)
    assert abs(sum(templates.get("uniform").filters(base)) - sum(base)) <= len(base) / 2


def test_published_redistributions_of_mobilenet():
    base = (32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024)
    quadratic = (941, 661, 432, 254, 127, 51, 26, 51, 127, 254, 432, 661, 941)
    negative = (32, 207, 350, 461, 540, 588, 604, 588, 540, 461, 350, 207, 32)
    assert templates.get("uniform").filters(base) == (382,) * 13
    assert templates.get("quadratic").filters(base) == quadratic
    assert templates.get("negative_quadratic").filters(base) == negative


def test_width_multiplier_keeps_at_least_one():
    assert templates.get("reverse").filters((64, 128), Fraction("0.25")) == (32, 16)
    assert templates.get("reverse").filters((1, 2), Fraction("0.05")) == (1, 1)
    with pytest.raises(SpecError, match="width_multiplier above 0"):
        templates.get("reverse").filters((1, 2), 0)


def test_parabolas_need_three_slots():
    for name in ("quadratic", "negative_quadratic", "quadratic_max"):
        with pytest.raises(SpecError, match="at least 3 slots, received 1"):
            templates.get(name).filters((64,))
