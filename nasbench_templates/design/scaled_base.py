"""The base's own distribution at another budget: all its widths times one factor.

Templates at half the base's cost are compared with the shape of the base at half its cost, not with
the base itself.

>>> from nasbench_templates.design.planning import plan
>>> from nasbench_templates.design.settings import Budget, MatchSettings
>>> (flat,) = plan("vgg11", ["b"], MatchSettings(budget=Budget.parse("0.5x")))
>>> scaled_filters(flat)
(45, 90, 180, 180, 361, 361, 361, 361)
"""

from fractions import Fraction

from nasbench_templates.design.design import Design
from nasbench_templates.distributions.matching import match_budget
from nasbench_templates.graph.cost import cost_model


def has_other_budget(design: Design) -> bool:
    """Returns whether a design was matched to another cost than the base's."""
    budget = design.matching.budget
    return not (budget.is_multiple and budget.amount == 1)


def scaled_filters(design: Design) -> tuple[int, ...]:
    """Returns the base's widths times the largest factor whose network fits the design's budget.

    Args:
        design: any of those that were matched together; its budget and quantity count.

    Raises:
        BudgetError: the budget is below the network of one filter in its largest slot.
    """
    reference, matching = design.reference or design.source, design.matching
    quantity = cost_model(reference.graph).quantity(matching.match_on)
    base_quantity = cost_model(reference.base.graph).quantity(matching.match_on)
    base = reference.base_filters
    largest = max(base)

    def widths(peak: int) -> tuple[int, ...]:
        return tuple(max(1, round(Fraction(width * peak, largest))) for width in base)

    budget = matching.budget.of(base_quantity(reference.base.base_filters))
    return match_budget(widths, quantity, budget).filters
