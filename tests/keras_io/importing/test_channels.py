"""Union over channels: structures, splits, and what must be pinned."""

from nasbench_templates.keras_io.importing import channels
from nasbench_templates.keras_io.importing.channels import Group, Joined, Repeated, Spread


def test_a_group_takes_over_the_structure_that_it_meets():
    first, second, whole = Group(4, 0), Group(6, 1), Group(10, 2)
    channels.tie(whole, Joined((first, second)))
    assert channels.root(whole) == Joined((first, second))
    assert list(channels.groups(whole)) == [first, second]


def test_concatenations_split_the_group_that_spans_their_parts():
    left = Joined((Group(12, 0), Group(4, 1)))
    right = Joined((Group(8, 2), Group(4, 3), Group(4, 4)))
    channels.tie(left, right)
    assert [channels.size(each) for each in channels.groups(left)] == [8, 4, 4]
    assert list(channels.groups(left)) == list(channels.groups(right))


def test_boundaries_that_do_not_meet_are_pinned():
    left = Joined((Group(6, 0), Group(4, 1)))
    right = Joined((Group(5, 2), Group(5, 3)))
    channels.tie(left, right)
    assert not channels.is_free(left)
    assert not channels.is_free(right)


def test_a_number_pins_what_it_meets_and_all_that_is_tied_to_it():
    first, second = Group(3, 0), Group(3, 1)
    channels.tie(first, second)
    channels.tie(second, 3)
    assert "cannot change" in channels.root(first).reason


def test_nothing_is_a_part_of_itself():
    group = Group(8, 0)
    channels.tie(group, Repeated(group, 1))
    assert not channels.is_free(group)


def test_repeated_and_spread_channels_have_sizes_and_stay_apart():
    group = Group(4, 0)
    assert channels.size(Repeated(group, 3)) == channels.size(Spread(group, 3)) == 12
    channels.tie(Repeated(group, 3), Spread(Group(4, 1), 3))
    assert not channels.is_free(group)
