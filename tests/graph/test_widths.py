import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.support.errors import SpecError

WEIGHTS = st.lists(st.integers(1, 400), min_size=1, max_size=6).map(tuple)


@given(st.integers(0, 600), WEIGHTS)
def test_parts_sum_to_the_total(amount, weights):
    assert sum(widths.apportion(amount, weights)) == amount


@given(st.integers(0, 600), WEIGHTS)
def test_no_part_shrinks_when_the_total_grows(amount, weights):
    before, after = widths.apportion(amount, weights), widths.apportion(amount + 1, weights)
    assert all(small <= large for small, large in zip(before, after, strict=True))


@given(st.integers(0, 600), st.integers(1, 6), st.integers(1, 9))
def test_equal_weights_are_the_nasbench_rule(amount, parts, weight):
    floor, rest = divmod(amount, parts)
    expected = tuple(floor + (index < rest) for index in range(parts))
    assert widths.apportion(amount, (weight,) * parts) == expected


def test_published_widths_come_back_at_the_published_total():
    assert widths.apportion(768, (320, 768, 768, 192)) == (120, 288, 288, 72)
    assert widths.apportion(2048, (320, 768, 768, 192)) == (320, 768, 768, 192)


def test_ties_go_to_the_first():
    assert widths.apportion(3, (1, 2)) == (1, 2)
    assert widths.apportion(1, (1, 1, 1)) == (1, 0, 0)


@pytest.mark.parametrize(("amount", "weights"), [(-1, (1,)), (3, ()), (3, (1, 0))])
def test_impossible_apportionment_is_refused(amount, weights):
    with pytest.raises(SpecError, match="expected amount >= 0 and weights >= 1"):
        widths.apportion(amount, weights)


def test_expressions_are_unique():
    assert widths.share(widths.slot(0), (1, 1), 1) is widths.share(widths.slot(0), (1, 1), 1)


def test_all_shares_together_are_the_whole():
    whole = widths.slot(2)
    assert widths.total(tuple(widths.share(whole, (1, 1, 1), i) for i in range(3))) is whole


def test_values():
    whole = widths.slot(0)
    parts = (widths.share(whole, (1, 1), 0), widths.ratio(whole, 1, 4), 3)
    assert widths.value(widths.total(parts), (9,)) == 5 + 2 + 3


@pytest.mark.parametrize(
    ("width", "smallest"),
    [
        (widths.ratio(widths.slot(0), 1, 4), 4),
        (widths.share(widths.slot(0), (1, 1, 1), 2), 3),
        (widths.ratio(widths.share(widths.slot(0), (1, 1), 1), 1, 4), 8),
    ],
)
def test_smallest_filters_leave_a_channel(width, smallest):
    builder = GraphBuilder(("only",))
    image = builder.add("image", layers.Input(8, 8, 1))
    builder.add("conv", layers.Conv(width, 3), image)
    assert builder.build().smallest_filters() == (smallest,)
    assert width.value((smallest,)) == 1
    assert width.value((smallest - 1,)) == 0


def test_expressions_stay_unique_through_pickle_and_copy():
    part = widths.share(widths.ratio(widths.slot(3), 1, 2), (2, 1), 1)
    whole = widths.total((part, widths.slot(0), 8))
    assert pickle.loads(pickle.dumps(whole)) is whole
    assert copy.deepcopy(whole) is whole


def test_slots_of_a_concatenation():
    whole = widths.total((widths.slot(2), widths.ratio(widths.slot(0), 1, 2), 3, widths.slot(2)))
    assert widths.slots_of(whole) == (2, 0)
