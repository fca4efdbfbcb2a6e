"""Architectures under templates: the distributions, their exact cost and their gap to the budget.

>>> rows = plan(NetworkSettings("vgg19"), ["base", "b"])
>>> rows[1].filters[0], rows[1].cost.trainable_params
(152, 3129538)
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from nasbench_templates.distributions.matching import MATCH_RULES, MatchRule, gap, match_budget
from nasbench_templates.distributions.template import (
    BASE,
    PeakTemplate,
    RedistributionTemplate,
    templates,
)
from nasbench_templates.graph.cost import QUANTITIES, CostModel
from nasbench_templates.graph.counts import Cost
from nasbench_templates.networks import architecture as architectures
from nasbench_templates.networks import named_cells
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.errors import BudgetError, ConfigError, SpecError


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Which network to build.

    Attributes:
        model: registered architecture.
        input_shape: `(height, width, channels)`.
        num_classes: outputs.
        options: the architecture's own options.
    """

    model: str
    input_shape: tuple[int, int, int] = (32, 32, 3)
    num_classes: int = 10
    options: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What tells networks apart under any template: model, cell, options that are given.

        Options with their default value are left out. A cell has its registered name, or the first
        8 digits of a hash.

        Example:
            >>> NetworkSettings("multires", options={"depth": 20, "block": "conv"}).name
            'multires depth=20'
        """
        parts = [self.model]
        if self.options.get("cell") is not None:
            parts.append(named_cells.name_of(Cell.of(self.options["cell"])))
        family = architectures.architectures.get(self.model)
        parts += [
            f"{option}={value}"
            for option, value in sorted(self.options.items())
            if option != "cell" and value != family.defaults.get(option)
        ]
        return " ".join(parts)


# Beyond any network; exact arithmetic on larger numbers would only take time.
LARGEST_NUMBER = 1e30


def exact_number(text: str) -> Fraction | None:
    """Returns the number that a decimal text stands for, or `None` unless 0 < number <= 1e30."""
    try:
        rounded = float(text)
    except ValueError:
        return None
    is_usable = 1 / LARGEST_NUMBER <= rounded <= LARGEST_NUMBER and len(text) <= 80
    return Fraction(text.strip()) if is_usable else None


@dataclass(frozen=True, slots=True)
class Budget:
    """What a network may cost: a multiple of the base's own cost, or an absolute amount.

    Attributes:
        amount: the multiple, or the amount in the matched quantity's unit; above 0.
        is_multiple: which of the two.
    """

    amount: Fraction = Fraction(1)
    is_multiple: bool = True

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """Returns the budget that `"0.5x"` (a multiple) or `"1e9"` (an amount) stands for.

        Raises:
            ConfigError: any other text, or nothing above 0.
        """
        stripped = text.strip()
        is_multiple = stripped.endswith(("x", "X"))
        amount = exact_number(stripped[:-1] if is_multiple else stripped)
        if amount is None:
            raise ConfigError(
                "expected a budget above 0 such as 0.5x (of the base's own) or 400000000 (in the "
                f"matched quantity), at most {LARGEST_NUMBER:g}, received {text[:80]!r}"
            )
        return cls(amount, is_multiple)

    def of(self, base: int) -> Fraction:
        """Returns the amount, given what the base costs."""
        return self.amount * base if self.is_multiple else self.amount


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """How templates are matched.

    Attributes:
        match_on: the matched quantity, one of `arch.cost.QUANTITIES`.
        rule: `"at_most"` or `"nearest"`.
        budget: by default the base's own cost.
        n_min: smallest width of a, c, d and e; by default the base's first.
        peak_step: the peak is a multiple of this.
        width_multiplier: factor on the redistributions' widths.
        input_shape: of the network that the base is matched on; by default the one being built.
        num_classes: of that network, likewise.
    """

    match_on: str = "published_flops"
    rule: MatchRule = "at_most"
    budget: Budget = Budget()
    n_min: int | None = None
    peak_step: int = 1
    width_multiplier: Fraction = Fraction(1)
    input_shape: tuple[int, int, int] | None = None
    num_classes: int | None = None

    def __post_init__(self) -> None:
        architectures.check_choice("match_on", self.match_on, *QUANTITIES)
        architectures.check_choice("match_rule", self.rule, *MATCH_RULES)
        for name, number in (("n_min", self.n_min), ("peak_step", self.peak_step)):
            if number is not None and number < 1:
                raise ConfigError(f"expected {name} >= 1, received {number}")
        if self.width_multiplier <= 0:
            raise ConfigError(f"expected width_multiplier > 0, received {self.width_multiplier}")


@dataclass(frozen=True, slots=True)
class TemplatedNetwork:
    """One architecture under one template.

    Attributes:
        template: name.
        architecture: the network whose slots the filters fill; for the base, the published one.
        filters: width of every slot.
        cost: exact counts of the network being built.
        gap: relative distance to the budget, in the matched quantity (redistributions: in the
            total of filters, against the base's total).
    """

    template: str
    architecture: architectures.Architecture
    filters: tuple[int, ...]
    cost: Cost
    gap: float

    @property
    def peak(self) -> int:
        """The largest width."""
        return max(self.filters)

    def to_json(self) -> dict[str, object]:
        """Returns the row of the machine-readable contract of `match`."""
        return {
            "model": self.architecture.name,
            "template": self.template,
            "filters": list(self.filters),
            "peak": self.peak,
            "macs": self.cost.macs,
            "flops": self.cost.flops,
            "published_flops": self.cost.published_flops,
            "params": self.cost.params,
            "trainable_params": self.cost.trainable_params,
            "activations": self.cost.activations,
            "gap": self.gap,
        }


def plan(
    network: NetworkSettings, names: Sequence[str], settings: MatchSettings | None = None
) -> tuple[TemplatedNetwork, ...]:
    """Returns a network under each of several templates, in their order.

    Args:
        network: what is built.
        names: registered templates, or `"base"` for the published widths.
        settings: how to match.

    Raises:
        UnknownNameError: an unknown architecture or template.
        ConfigError: options that the architecture does not have.
        SpecError: a template that needs more slots, or widths too small for the network.
        BudgetError: a budget below the smallest network of a template.
    """
    settings = settings or MatchSettings()
    chosen = [None if name == BASE else templates.get(name) for name in names]
    planner = _Planner(network, settings)
    return tuple(planner.row(name, template) for name, template in zip(names, chosen, strict=True))


class _Costed(NamedTuple):
    architecture: architectures.Architecture
    costs: CostModel

    @classmethod
    def of(cls, network: NetworkSettings) -> "_Costed":
        built = architectures.build(
            network.model, network.input_shape, network.num_classes, network.options
        )
        return cls(built, CostModel(built.graph))

    def published(self) -> "_Costed":
        published = self.architecture.base
        if published is self.architecture:
            return self
        return _Costed(published, CostModel(published.graph))


class _Planner:
    """Builds each graph and its cost model once for all templates."""

    def __init__(self, network: NetworkSettings, settings: MatchSettings):
        self._network = network
        self._settings = settings

    def row(
        self, name: str, template: PeakTemplate | RedistributionTemplate | None
    ) -> TemplatedNetwork:
        try:
            return self._row(name, template)
        except SpecError as error:
            note = self._default.architecture.note_on_slots
            if note is None:
                raise
            raise SpecError(f"{error}; {note}") from None

    def _row(
        self, name: str, template: PeakTemplate | RedistributionTemplate | None
    ) -> TemplatedNetwork:
        if template is None:
            built, costs = self._base
            filters, distance = built.base_filters, self._base_gap()
        elif isinstance(template, RedistributionTemplate):
            built, costs = self._redistributed
            filters = template.filters(built.base_filters, self._settings.width_multiplier)
            distance = gap(sum(filters), Fraction(sum(built.base_filters)))
        else:
            built, costs = self._default
            filters, distance = self._matched(template)
        try:
            cost = costs.cost(filters)
        except SpecError as error:
            if isinstance(template, PeakTemplate) and self._settings.n_min is None:
                raise BudgetError(
                    f"template {name}: the largest network within the budget has widths "
                    f"{list(filters)}, which are too small: {error}"
                ) from None
            raise
        return TemplatedNetwork(name, built, filters, cost, distance)

    def _base_gap(self) -> float:
        return gap(self._base_quantity, self._settings.budget.of(self._base_quantity))

    def _matched(self, template: PeakTemplate) -> tuple[tuple[int, ...], float]:
        settings, base = self._settings, self._matched_on.architecture.base_filters
        try:
            match = match_budget(
                lambda peak: template.filters(base, peak, settings.n_min),
                self._quantity,
                settings.budget.of(self._base_quantity),
                smallest=template.smallest_peak(base, settings.n_min),
                step=settings.peak_step,
                rule=settings.rule,
            )
        except BudgetError as error:
            hint = "" if template.is_flat else "; a smaller n_min makes it smaller"
            raise BudgetError(
                f"template {template.name}, {settings.match_on}: {error}{hint}"
            ) from None
        return match.filters, match.gap

    @functools.cached_property
    def _quantity(self) -> Callable[[Sequence[int]], int]:
        return self._matched_on.costs.quantity(self._settings.match_on)

    @functools.cached_property
    def _base_quantity(self) -> int:
        is_built = self._matched_on is self._default
        base = self._base if is_built else self._matched_on.published()
        return base.costs.quantity(self._settings.match_on)(base.architecture.base_filters)

    @functools.cached_property
    def _matched_on(self) -> _Costed:
        settings, network = self._settings, self._network
        if settings.input_shape is None and settings.num_classes is None:
            return self._default
        return _Costed.of(
            dataclasses.replace(
                network,
                input_shape=settings.input_shape or network.input_shape,
                num_classes=settings.num_classes or network.num_classes,
            )
        )

    @functools.cached_property
    def _default(self) -> _Costed:
        return _Costed.of(self._network)

    @functools.cached_property
    def _base(self) -> _Costed:
        return self._default.published()

    @functools.cached_property
    def _redistributed(self) -> _Costed:
        network = self._network
        slots = architectures.architectures.get(network.model).slots_for_redistribution
        if slots is None or "slots" in network.options:
            return self._default
        return _Costed.of(dataclasses.replace(network, options={"slots": slots, **network.options}))
