"""The search for the peak at which a network costs as much as a budget: integer bisection.

It knows neither templates nor networks, only two functions.

    >>> match_budget(lambda n: (n, n), lambda widths: widths[0] * widths[1], 110, smallest=4)
    Match(filters=(10, 10), peak=10, achieved=100, gap=-0.09090909090909091)
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias, get_args

from nasbench_templates.distributions import corrections
from nasbench_templates.support.errors import BudgetError

# An int, or an array of whole numbers; no type says what both can do.
Number: TypeAlias = Any
MatchRule = Literal["at_most", "nearest", "closest"]
MATCH_RULES: tuple[str, ...] = get_args(MatchRule)


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome of a search.

    Attributes:
        filters: width of every slot.
        peak: the largest width.
        achieved: what the network costs, in the matched quantity.
        gap: `(achieved - budget) / budget`.
    """

    filters: tuple[int, ...]
    peak: int
    achieved: int
    gap: float


def match_budget(
    filters_of: Callable[[int], tuple[int, ...]],
    cost_of: Callable[[tuple[int, ...]], int],
    budget: int | Fraction,
    *,
    smallest: int = 1,
    step: int = 1,
    rule: MatchRule = "at_most",
    unit: int = 1,
) -> Match:
    """Returns the largest peak whose cost does not exceed a budget, or the nearest one.

    Args:
        filters_of: widths for a peak, none of them decreasing in it.
        cost_of: cost of widths, not decreasing in any of them.
        budget: in the unit of `cost_of`, above 0.
        smallest: smallest peak to consider, at least 1.
        step: only multiples of this are considered.
        rule: `"at_most"`; `"nearest"`: whichever neighbour's cost is closer to the budget, the
            cheaper one of two as close; or `"closest"`: between the two, single slots are corrected
            by one `unit` so that the cost comes as close as that allows.
        unit: by which `"closest"` corrects a slot.

    Raises:
        BudgetError: the smallest network already exceeds the budget.

    Source: docs/templates.md, section 2.
    """

    def cost_at(multiple: int) -> int:
        return cost_of(filters_of(multiple * step))

    start = -(-smallest // step)
    floor = cost_at(start)
    if floor > budget:
        raise BudgetError(
            f"budget {_plain(budget)} is below the smallest network: with peak {start * step} it "
            f"costs {floor}; expected a budget of at least {floor}"
        )
    chosen = largest_multiple(
        cost_at,
        math.floor(budget),
        math.ceil(2 * budget),
        start,
        rule,
        choose=lambda condition, yes, no: yes if condition else no,
        is_any=bool,
    )
    filters = filters_of(chosen * step)
    if rule == "closest":
        filters = corrections.corrected(filters, cost_of, budget, unit, smallest)
    achieved = cost_of(filters)
    return Match(filters, chosen * step, achieved, gap(achieved, budget))


def largest_multiple(
    cost_at: Callable[[Number], Number],
    limit: Number,
    twice: Number,
    start: Number,
    rule: MatchRule,
    *,
    choose: Callable[[Number, Number, Number], Number],
    is_any: Callable[[Number], bool],
) -> Number:
    """Returns the multiple that a rule chooses: the whole search, for one network or for many.

    Every number may be an int or an array of whole numbers with one entry for each network. Costs
    are whole, so `cost <= budget` exactly if `cost <= floor(budget)`, and the upper neighbour is
    nearer exactly if the two costs sum to less than `ceil(2 * budget)`.

    Args:
        cost_at: cost at a multiple, not decreasing in it.
        limit: the budget rounded down.
        twice: the doubled budget rounded up.
        start: the smallest multiple to consider; where it is above the budget already, it is the
            answer.
        rule: as in `match_budget`.
        choose: from a condition and two numbers to the first where it holds, else the second.
        is_any: whether a condition holds anywhere.
    """
    is_possible = cost_at(start) <= limit
    below, above = start, choose(is_possible, 2 * start, start + 1)
    is_growing = is_possible
    while is_any(is_growing):
        is_growing = is_growing & (cost_at(above) <= limit)
        below = choose(is_growing, above, below)
        above = choose(is_growing, 2 * above, above)
    while is_any(above - below > 1):
        middle = (below + above) // 2
        fits = cost_at(middle) <= limit
        below, above = choose(fits, middle, below), choose(fits, above, middle)
    if rule == "nearest":
        is_above_nearer = is_possible & (cost_at(above) + cost_at(below) < twice)
        below = choose(is_above_nearer, above, below)
    return below


def gap(achieved: int, budget: int | Fraction) -> float:
    """Returns by which part of the budget a cost lies above it (below: negative)."""
    return float((Fraction(achieved) - budget) / budget)


def _plain(number: int | Fraction) -> str:
    return str(number) if Fraction(number).denominator == 1 else f"{float(number):.6g}"
