"""Corrections of single slots, where no peak comes close enough to a budget.

A template's peak is one whole number, and few large layers may make its steps coarse. Between two
peaks every width is one of two neighbours, so moving single slots by one fills the gap.

    >>> corrected((10, 10), lambda widths: widths[0] * widths[1], 109, 1)
    (10, 11)
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

# Up to here all combinations are tried: 3^5 costs.
_FEW_SLOTS = 5
_ROUNDS = 4

Filters = tuple[int, ...]


def corrected(
    filters: Filters, cost_of: Callable[[Filters], int], budget: int | Fraction, unit: int
) -> Filters:
    """Returns widths, each at most one unit from the given one, whose cost is closer to a budget.

    No width falls below the smallest of the given ones. Of equally close ones the one with the
    fewest corrections is returned. With few slots nothing is closer; with more, slots are tried one
    after the other, those that change the cost most first.

    Args:
        filters: the widths at the largest peak within the budget.
        cost_of: cost of widths, not decreasing in any of them.
        budget: in the unit of `cost_of`.
        unit: by which a slot may move.
    """

    def distance(candidate: Filters) -> int | Fraction:
        return abs(cost_of(candidate) - budget)

    if len(filters) <= _FEW_SLOTS:
        return min(
            _combinations(filters, unit),
            key=lambda each: (distance(each), _corrections(each, filters)),
        )
    return _one_by_one(filters, distance, unit)


def _combinations(filters: Filters, unit: int) -> Iterator[Filters]:
    floor = min(filters)
    choices = [
        [width, *(each for each in (width + unit, width - unit) if each >= floor)]
        for width in filters
    ]
    return itertools.product(*choices)


def _corrections(candidate: Sequence[int], filters: Sequence[int]) -> int:
    return sum(new != old for new, old in zip(candidate, filters, strict=True))


def _one_by_one(
    filters: Filters, distance: Callable[[Filters], int | Fraction], unit: int
) -> Filters:
    floor = min(filters)
    best, closest = filters, distance(filters)
    effect = {
        slot: abs(distance(_moved(filters, slot, unit)) - closest) for slot in range(len(filters))
    }
    order = sorted(effect, key=effect.__getitem__, reverse=True)
    for _ in range(_ROUNDS):
        before = closest
        for slot, move in itertools.product(order, (unit, -unit)):
            width = best[slot] + move
            if width < floor or abs(width - filters[slot]) > unit:
                continue
            candidate = _moved(best, slot, move)
            if (found := distance(candidate)) < closest:
                best, closest = candidate, found
        if closest in (0, before):
            break
    return best


def _moved(filters: Filters, slot: int, move: int) -> Filters:
    return (*filters[:slot], filters[slot] + move, *filters[slot + 1 :])
