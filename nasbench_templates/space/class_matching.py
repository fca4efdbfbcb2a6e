"""Templates matched for many classes of cells at once, each as `planning.plan` would match it.

>>> from nasbench_templates.space import cell_classes, enumeration
>>> classes = cell_classes.classify(enumeration.canonical_cells(3))
>>> (rows,) = match_classes(NetworkSettings("nasbench101"), ["d"], MatchSettings(), classes)
>>> rows.filters[classes.class_of[1]].tolist()
[128, 356, 128]
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.distributions import matching
from nasbench_templates.distributions.matching import MatchRule, gap
from nasbench_templates.distributions.template import (
    BASE,
    RedistributionTemplate,
    Template,
    templates,
)
from nasbench_templates.graph.cost import FIELD_OF_QUANTITY
from nasbench_templates.graph.layers import Cost
from nasbench_templates.space.cell_classes import CellClasses
from nasbench_templates.space.class_costs import ClassCosts, Filters
from nasbench_templates.support.errors import ConfigError, SpecError

# Costs for different widths and, for every class, which of them are its own.
CostOf = Callable[[Sequence[Filters], np.ndarray], np.ndarray]

# Why a class has no network under a template.
OVER_BUDGET = "the smallest network is above the budget"
TOO_NARROW = "the widths are too small for all branches"


@dataclass(frozen=True, slots=True)
class ClassRows:
    """Every class under one template.

    Attributes:
        template: name.
        problem: why there is no network, "" where there is one; shape `(classes,)`. Without a
            network the other entries mean nothing.
        filters: width of every slot, shape `(classes, slots)`.
        costs: counts for every field of `graph.counts.Cost`, each of shape `(classes,)`.
        gap: relative distance to the budget, shape `(classes,)`.
    """

    template: str
    problem: np.ndarray
    filters: np.ndarray
    costs: dict[str, np.ndarray]
    gap: np.ndarray


def check_settings(settings: MatchSettings) -> None:
    """Checks that cells may be matched so many at once.

    Raises:
        ConfigError: matching that corrects or rounds single slots.
    """
    if settings.rule == "closest" or settings.divisor > 1:
        raise ConfigError(
            "expected match_rule at_most or nearest and divisor 1 for many cells at once, "
            f"received {settings.rule} and {settings.divisor}"
        )


def match_classes(
    network: NetworkSettings, names: Sequence[str], settings: MatchSettings, classes: CellClasses
) -> tuple[ClassRows, ...]:
    """Returns all classes under each of several templates, in their order.

    Args:
        network: around the cells, without a cell.
        names: registered templates, or `"base"`.
        settings: how to match.
        classes: of cells in the order of vertices that is to be built.

    Raises:
        UnknownNameError: an unknown template.
        ConfigError: options that the architecture does not have, or matching that corrects or
            rounds single slots.
        SpecError: a template that needs more slots, or widths that fit no cell.
        BudgetError: counts beyond 64 bits.
    """
    check_settings(settings)
    chosen = [None if name == BASE else templates.get(name) for name in names]
    groups = []
    refused: SpecError | None = None
    for feeders in np.unique(classes.feeders).tolist():
        places, part = classes.having(feeders)
        try:
            groups.append((places, _Group(network, settings, feeders, part)))
        except SpecError as error:
            refused = error
    if refused and not groups:
        raise refused
    rows = []
    for name, template in zip(names, chosen, strict=True):
        parts = [(places, group.row(name, template)) for places, group in groups]
        rows.append(_merged(name, len(classes), parts))
    return tuple(rows)


def _merged(name: str, count: int, parts: Sequence[tuple[np.ndarray, ClassRows]]) -> ClassRows:
    slots = parts[0][1].filters.shape[1]
    # Classes whose base widths are too small already are in no part.
    merged = ClassRows(
        name,
        np.full(count, TOO_NARROW, object),
        np.zeros((count, slots), np.int64),
        {field: np.zeros(count, np.int64) for field in Cost._fields},
        np.zeros(count),
    )
    for places, part in parts:
        merged.problem[places] = part.problem
        merged.filters[places] = part.filters
        merged.gap[places] = part.gap
        for field in Cost._fields:
            merged.costs[field][places] = part.costs[field]
    return merged


class _Group:
    """Classes with one number of feeders: their costs have the same terms."""

    def __init__(
        self, network: NetworkSettings, settings: MatchSettings, feeders: int, classes: CellClasses
    ):
        self._settings = settings
        self._count = len(classes)
        self._costs = self._matched_on = ClassCosts(network, feeders, classes)
        other = dataclasses.replace(
            network,
            input_shape=settings.input_shape or network.input_shape,
            num_classes=settings.num_classes or network.num_classes,
        )
        if other != network:
            self._matched_on = ClassCosts(other, feeders, classes)
        base = self._matched_on.architecture.base_filters
        self._base_costs = self._quantity([base], np.zeros(self._count, np.int64)).tolist()
        self._budgets = [settings.budget.of(cost) for cost in self._base_costs]

    def row(self, name: str, template: Template | None) -> ClassRows:
        """Returns these classes under one template."""
        settings, base = self._settings, self._matched_on.architecture.base_filters
        assigned = np.zeros(self._count, np.int64)
        problem = np.full(self._count, "", object)
        if template is None:
            assignments = [base]
            gaps = self._gaps(self._base_costs)
        elif isinstance(template, RedistributionTemplate):
            assignments = [template.filters(base, settings.width_multiplier)]
            gaps = [gap(sum(assignments[0]), Fraction(sum(base)))] * self._count
        else:
            peaks = match_budgets(
                lambda peak: template.filters(base, peak, settings.n_min),
                self._quantity,
                self._budgets,
                smallest=template.smallest_peak(base, settings.n_min),
                step=settings.peak_step,
                rule=settings.rule,
            )
            problem[peaks == 0] = OVER_BUDGET
            # Something has to stand there; `problem` says that it means nothing.
            peaks[peaks == 0] = peaks.max(initial=0) or template.smallest_peak(base, settings.n_min)
            distinct, assigned = np.unique(peaks, return_inverse=True)
            assignments = [template.filters(base, int(peak), settings.n_min) for peak in distinct]
            gaps = self._gaps(self._quantity(assignments, assigned).tolist())
        filters = np.array(assignments, np.int64)[assigned]
        is_narrow = (filters < self._costs.smallest_filters).any(axis=1)
        problem[is_narrow & (problem == "")] = TOO_NARROW
        costs = {
            field: self._costs.evaluate(field, assignments, assigned) for field in Cost._fields
        }
        return ClassRows(name, problem, filters, costs, np.array(gaps))

    def _quantity(self, assignments: Sequence[Filters], assigned: np.ndarray) -> np.ndarray:
        field = FIELD_OF_QUANTITY.get(self._settings.match_on)
        if field is None:
            return np.array([sum(filters) for filters in assignments])[assigned]
        return self._matched_on.evaluate(field, assignments, assigned)

    def _gaps(self, achieved: Sequence[int]) -> list[float]:
        return [gap(cost, budget) for cost, budget in zip(achieved, self._budgets, strict=True)]


def match_budgets(
    filters_of: Callable[[int], Filters],
    cost_of: CostOf,
    budgets: Sequence[int | Fraction],
    *,
    smallest: int = 1,
    step: int = 1,
    rule: MatchRule = "at_most",
) -> np.ndarray:
    """Returns the peak that `matching.match_budget` finds for each of many classes.

    Args:
        filters_of: widths for a peak.
        cost_of: costs of widths.
        budgets: one for each class.
        smallest: smallest peak to consider.
        step: only multiples of this are considered.
        rule: `"at_most"` or `"nearest"`.

    Returns:
        Peaks, shape `(classes,)`; 0 where the smallest network already exceeds the budget.
    """

    def cost_at(multiples: np.ndarray) -> np.ndarray:
        distinct, assigned = np.unique(multiples, return_inverse=True)
        return cost_of([filters_of(multiple * step) for multiple in distinct.tolist()], assigned)

    start = np.full(len(budgets), -(-smallest // step))
    limits = _whole(math.floor(budget) for budget in budgets)
    twice = _whole(math.ceil(2 * budget) for budget in budgets)
    chosen = matching.largest_multiple(
        cost_at, limits, twice, start, rule, choose=np.where, is_any=np.any
    )
    return np.where(cost_at(start) <= limits, chosen * step, 0)


def _whole(numbers: Iterable[int]) -> np.ndarray:
    """Returns numbers as 64-bit integers; `ClassCosts` refuses counts near their end."""
    return np.array([min(number, 2**63 - 1) for number in numbers], np.int64)
