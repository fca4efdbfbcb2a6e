"""Corrections of single slots, where no peak comes close enough to a budget.

A template's peak is one whole number, and few large layers may make its steps coarse. Between two
peaks every width is one of two neighbours, so moving single slots by one fills the gap. Where
widths must stay divisible, a slot moves to the next value that changes anything.

    >>> corrected((10, 10), lambda widths: widths[0] * widths[1], 109)
    (10, 11)
"""

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

# Up to so many slots all combinations are tried: 3^5 costs. With very few, where a channel may be a
# large part of the network, a slot takes more steps as long as the gap stays above this: 9^3 costs.
_VERY_FEW_SLOTS, _FEW_SLOTS = 3, 5
_MOST_STEPS = 4
_LARGE_GAP = Fraction(3, 100)
_ROUNDS = 4
# How far the next value that changes anything is looked for.
_LONGEST_PLATEAU = 64

Filters = tuple[int, ...]
CostOf = Callable[[Filters], int]


def corrected(
    filters: Filters,
    cost_of: CostOf,
    budget: int | Fraction,
    unit: int = 1,
    smallest: int = 1,
) -> Filters:
    """Returns widths, each at most a step from the given one, whose cost is closer to a budget.

    Of equally close ones the one with the fewest corrections is returned. With few slots nothing is
    closer; with more, slots are tried one after the other, those that change the cost most first.
    Where three slots or fewer leave a gap of more than 3 %, each may take up to four steps.

    Args:
        filters: the widths at the largest peak within the budget.
        cost_of: cost of widths, not decreasing in any of them.
        budget: in the unit of `cost_of`.
        unit: a slot's smallest step.
        smallest: below this no width falls that is not below it already.
    """

    def distance(candidate: Filters) -> int | Fraction:
        gap = cost_of(candidate) - budget
        return gap if gap >= 0 else -gap

    best = filters
    most = _MOST_STEPS if len(filters) <= _VERY_FEW_SLOTS else 1
    for reach in range(1, most + 1):
        steps = _Steps(unit, min(smallest, *filters), reach)
        choices = [_choices(filters, slot, cost_of, steps) for slot in range(len(filters))]
        if len(filters) > _FEW_SLOTS:
            return _one_by_one(filters, choices, distance)
        best = min(
            itertools.product(*choices),
            key=lambda each: (distance(each), _corrections(each, filters)),
        )
        if distance(best) <= _LARGE_GAP * budget:
            break
    return best


class _Steps(NamedTuple):
    """By what slots move, the smallest width, and how many steps they may take."""

    unit: int
    floor: int
    reach: int


def _choices(filters: Filters, slot: int, cost_of: CostOf, steps: _Steps) -> tuple[int, ...]:
    """Returns a slot's width and the next ones above and below it that change the cost."""
    unit, floor, reach = steps
    found = [filters[slot]]
    for step in (unit, -unit):
        width, before = filters[slot], cost_of(filters)
        for _ in range(reach):
            for _ in range(_LONGEST_PLATEAU):
                width += step
                if width < floor or cost_of(_replaced(filters, slot, width)) != before:
                    break
            if width < floor:
                break
            before = cost_of(_replaced(filters, slot, width))
            found.append(width)
    return tuple(found)


def _corrections(candidate: Sequence[int], filters: Sequence[int]) -> int:
    return sum(new != old for new, old in zip(candidate, filters, strict=True))


def _one_by_one(
    filters: Filters,
    choices: Sequence[tuple[int, ...]],
    distance: Callable[[Filters], int | Fraction],
) -> Filters:
    best, closest = filters, distance(filters)
    effect = [
        distance(_replaced(filters, slot, widths[min(1, len(widths) - 1)])) - closest
        for slot, widths in enumerate(choices)
    ]
    order = sorted(
        range(len(filters)), key=lambda slot: max(effect[slot], -effect[slot]), reverse=True
    )
    for _ in range(_ROUNDS):
        before = closest
        for slot in order:
            for width in choices[slot]:
                candidate = _replaced(best, slot, width)
                if (found := distance(candidate)) < closest:
                    best, closest = candidate, found
        if closest in (0, before):
            break
    return best


def _replaced(filters: Filters, slot: int, width: int) -> Filters:
    return (*filters[:slot], width, *filters[slot + 1 :])
