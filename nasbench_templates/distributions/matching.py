"""The search for the peak at which a network costs as much as a budget: integer bisection.

It knows neither templates nor networks, only two functions.

    >>> match_budget(lambda n: (n, n), lambda widths: widths[0] * widths[1], 110, smallest=4)
    Match(filters=(10, 10), peak=10, achieved=100, gap=-0.09090909090909091)
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from nasbench_templates.support.errors import BudgetError

MatchRule = Literal["at_most", "nearest"]
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
) -> Match:
    """Returns the largest peak whose cost does not exceed a budget, or the nearest one.

    Args:
        filters_of: widths for a peak, none of them decreasing in it.
        cost_of: cost of widths, not decreasing in any of them.
        budget: in the unit of `cost_of`, above 0.
        smallest: smallest peak to consider, at least 1.
        step: only multiples of this are considered.
        rule: `"at_most"`, or `"nearest"`: whichever neighbour's cost is closer to the budget, the
            cheaper one of two as close.

    Raises:
        BudgetError: the smallest network already exceeds the budget.

    Source: template specification, section 2.
    """

    def cost_at(multiple: int) -> int:
        return cost_of(filters_of(multiple * step))

    below = -(-smallest // step)
    floor = cost_at(below)
    if floor > budget:
        raise BudgetError(
            f"budget {_plain(budget)} is below the smallest network: with peak {below * step} it "
            f"costs {floor}; expected a budget of at least {floor}"
        )
    above = 2 * below
    while cost_at(above) <= budget:
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        if cost_at(middle) <= budget:
            below = middle
        else:
            above = middle
    chosen = below
    if rule == "nearest" and cost_at(above) - budget < budget - cost_at(below):
        chosen = above
    filters = filters_of(chosen * step)
    achieved = cost_of(filters)
    return Match(filters, chosen * step, achieved, gap(achieved, budget))


def gap(achieved: int, budget: int | Fraction) -> float:
    """Returns by which part of the budget a cost lies above it (below: negative)."""
    return float((Fraction(achieved) - budget) / budget)


def _plain(number: int | Fraction) -> str:
    return str(number) if Fraction(number).denominator == 1 else f"{float(number):.6g}"
