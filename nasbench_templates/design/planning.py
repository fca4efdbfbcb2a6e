"""Networks under templates: the distributions that cost what the base costs.

>>> rows = plan("vgg19", ["base", "b"])
>>> rows[1].filters[0], rows[1].cost.trainable_params
(152, 3129538)
"""

import dataclasses
import functools
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence

from nasbench_templates.design.design import Design
from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.distributions.matching import match_budget
from nasbench_templates.distributions.template import (
    BASE,
    PeakTemplate,
    RedistributionTemplate,
    Template,
    templates,
)
from nasbench_templates.graph.cost import cost_model
from nasbench_templates.networks.architecture import Architecture, family_of
from nasbench_templates.support.errors import (
    BudgetError,
    ConfigError,
    SameNetworkWarning,
    SpecError,
    UnequalCostWarning,
)

# The template that keeps the base's widths on purpose, under a width multiplier.
UNCHANGED = "unchanged"
# Costs that differ more from the base's, or from the budget, are told.
_LARGE_DIFFERENCE_PERCENT = 5
# Networks that a warning names one by one.
_MOST_NAMED = 3
# A network by its registered name, by what is asked of it, or itself.
Network = str | NetworkSettings | Architecture


def plan(
    network: Network,
    names: str | Sequence[str],
    settings: MatchSettings | None = None,
    *,
    warns: bool = True,
) -> tuple[Design, ...]:
    """Returns a network under each of several templates, in their order.

    Args:
        network: what is built: a registered name, settings, or an architecture.
        names: registered templates, or `"base"` for the published widths; a text that is no name
            stands for the names of its letters, so `"bc"` is b and c.
        settings: how to match.
        warns: whether templates that leave the base as it is, or another cost, bring a warning.

    Raises:
        UnknownNameError: an unknown architecture or template.
        ConfigError: options that the architecture does not have, or another input to match on for
            an architecture that is given itself.
        SpecError: a template that needs more slots, or widths too small for the network.
        BudgetError: a budget below the smallest network of a template.
    """
    planner = _Planner(network, settings or MatchSettings())
    given = (templates.canonical(name) for name in split_names(names))
    chosen = [(name, _template(name)) for name in given]
    designs = tuple(planner.design(name, template) for name, template in chosen)
    if warns:
        warn_of(designs)
    return designs


def _template(name: str) -> Template | None:
    return None if name == BASE else templates.get(name)


def warn_of(designs: Iterable[Design]) -> None:
    """Warns of templates that leave the base as it is, or another cost than is expected.

    Args:
        designs: of one network or of several.
    """
    of_network: dict[str, list[Design]] = {}
    for design in dict.fromkeys(designs):
        _warn_of_base(design)
        of_network.setdefault(design.name, []).append(design)
    for group in of_network.values():
        _warn_of_cost(group)
    _warn_of_gaps(of_network)


def _warn_of_base(design: Design) -> None:
    """Warns of a template that leaves the base as it is, unless that is what it is for."""
    is_meant = design.template in (BASE, UNCHANGED)
    source = design.source
    if is_meant or source.base_graph is not None or design.filters != source.base_filters:
        return
    template = _template(design.template)
    has_smallest = isinstance(template, PeakTemplate) and not template.is_flat
    hint = "; its widths are all alike, so name a smallest one (n_min)" if has_smallest else ""
    warnings.warn(
        f"template {design.template} gives {design.name} the widths of its base, so both are the "
        f"same network{hint}",
        SameNetworkWarning,
        stacklevel=4,
    )


def _warn_of_cost(designs: Sequence[Design]) -> None:
    """Warns of redistributions that cost far more or less than their base: they keep totals."""
    far = [
        f"{design.template} {design.macs_percent_of_base:.0f} %"
        for design in designs
        if design.keeps_total
        and design.template != UNCHANGED
        and abs(design.macs_percent_of_base - 100) > _LARGE_DIFFERENCE_PERCENT
    ]
    if far:
        warnings.warn(
            f"{designs[0].name}: redistributions keep the base's total of filters, not its cost; "
            f"MACs, in % of the base's: {', '.join(far)}; templates of equal cost are "
            "a increasing, b flat, c decreasing, d bulge and e waist",
            UnequalCostWarning,
            stacklevel=4,
        )


def _warn_of_gaps(of_network: Mapping[str, Sequence[Design]]) -> None:
    """Warns once of matched templates that miss their budget, as small networks make them."""
    far = {
        name: [each for each in designs if _is_far_off(each)]
        for name, designs in of_network.items()
    }
    missed = {name: designs for name, designs in far.items() if designs}
    if not missed:
        return
    said = [
        f"{name}: " + ", ".join(f"{each.template} {100 * each.gap:+.1f} %" for each in designs)
        for name, designs in missed.items()
    ]
    if len(said) > _MOST_NAMED:
        said[_MOST_NAMED:] = [f"{len(said) - _MOST_NAMED} more networks"]
    (first, *_), *_ = missed.values()
    warnings.warn(
        f"more than {_LARGE_DIFFERENCE_PERCENT} % off the budget, so not of equal cost: "
        f"{'; '.join(said)}; {_closer(first)}",
        UnequalCostWarning,
        stacklevel=4,
    )


def _is_far_off(design: Design) -> bool:
    is_matched = design.template != BASE and not design.keeps_total
    return is_matched and abs(100 * design.gap) > _LARGE_DIFFERENCE_PERCENT


def _closer(design: Design) -> str:
    """Returns what brings a design closer to its budget."""
    matching = design.matching
    if matching.rule != "closest":
        return "the rule closest (--match_rule) corrects single slots"
    if matching.divisor > 1:
        return "a smaller divisor allows closer ones"
    has_stem = design.network and "stem_filters" in family_of(design.network.model).options
    return f"a wider network{' (a larger stem_filters)' if has_stem else ''} allows closer ones"


def split_names(names: str | Sequence[str]) -> tuple[str, ...]:
    """Returns the templates that a name, a text of letters or several names stand for.

    Example:
        >>> split_names("base"), split_names("bc"), split_names("base, b")
        (('base',), ('b', 'c'), ('base', 'b'))
    """
    if not isinstance(names, str):
        if not isinstance(names, Iterable) or not (given := tuple(names)):
            raise ConfigError(f"expected at least one template, received {names!r}")
        return given
    if "," in names and "(" not in names:
        return tuple(filter(None, map(str.strip, names.split(","))))
    is_name = names == BASE or names in templates
    letters = tuple(names)
    if is_name or not letters or any(letter not in templates for letter in letters):
        return (names,)
    return letters


class _Planner:
    """Builds each network and its cost model once for all templates."""

    def __init__(self, network: Network, settings: MatchSettings):
        if isinstance(network, str):
            network = NetworkSettings(network)
        self._asked = network
        self._network = network if isinstance(network, NetworkSettings) else None
        self._settings = settings

    def design(self, name: str, template: Template | None) -> Design:
        try:
            return self._checked(name, template)
        except SpecError as error:
            note = self._source.note_on_slots
            if note is None:
                raise
            raise SpecError(f"{error}; {note}") from None

    def _checked(self, name: str, template: Template | None) -> Design:
        source, reference = self._source, self._reference
        if template is None:
            filters = source.base_filters
        elif isinstance(template, RedistributionTemplate):
            source = self._redistributed
            filters = self._rounded(
                template.filters(source.base_filters, self._settings.width_multiplier)
            )
        else:
            filters = self._matched(template)
        shown = None if reference is self._source else reference
        found = Design(name, source, filters, self._settings, self._network, shown)
        try:
            found.architecture.graph.check(filters)
        except SpecError as error:
            if isinstance(template, PeakTemplate) and self._settings.n_min is None:
                raise BudgetError(
                    f"template {name}: the largest network within the budget has widths "
                    f"{list(filters)}, which are too small: {error}"
                ) from None
            raise
        return found

    def _matched(self, template: PeakTemplate) -> tuple[int, ...]:
        settings, base = self._settings, self._reference.base_filters
        n_min = self._reference.n_min if settings.n_min is None else settings.n_min
        try:
            match = match_budget(
                lambda peak: self._rounded(template.filters(base, peak, n_min)),
                self._quantity,
                settings.budget.of(self._base_quantity),
                smallest=template.smallest_peak(base, n_min),
                step=settings.peak_step,
                rule=settings.rule,
                unit=settings.divisor,
            )
        except BudgetError as error:
            hint = "" if template.is_flat else "; a smaller n_min makes it smaller"
            raise BudgetError(
                f"template {template.name}, {settings.match_on}: {error}{hint}"
            ) from None
        return match.filters

    def _rounded(self, filters: Sequence[int]) -> tuple[int, ...]:
        divisor = self._settings.divisor
        return tuple(max(1, (2 * width + divisor) // (2 * divisor)) * divisor for width in filters)

    @functools.cached_property
    def _source(self) -> Architecture:
        asked = self._asked
        return asked if isinstance(asked, Architecture) else self._with_divisor(asked).build()

    def _with_divisor(self, network: NetworkSettings) -> NetworkSettings:
        """Returns a network whose widths that only follow a slot are such multiples too."""
        divisor = self._settings.divisor
        is_option = "divisor" in family_of(network.model).options
        if divisor == 1 or not is_option or "divisor" in network.options:
            return network
        return dataclasses.replace(network, options={**network.options, "divisor": divisor})

    @functools.cached_property
    def _reference(self) -> Architecture:
        """The network that the budget is measured on."""
        settings, network = self._settings, self._network
        if settings.input_shape is None and settings.num_classes is None:
            return self._source
        if network is None:
            raise ConfigError(
                "expected a registered network to match on another input, received an architecture"
            )
        other = dataclasses.replace(
            network,
            input_shape=settings.input_shape or network.input_shape,
            num_classes=settings.num_classes or network.num_classes,
        )
        return self._with_divisor(other).build()

    @functools.cached_property
    def _quantity(self) -> Callable[[Sequence[int]], int]:
        return cost_model(self._reference.graph).quantity(self._settings.match_on)

    @functools.cached_property
    def _base_quantity(self) -> int:
        base = self._reference.base
        return cost_model(base.graph).quantity(self._settings.match_on)(base.base_filters)

    @functools.cached_property
    def _redistributed(self) -> Architecture:
        network = self._network
        if network is None:
            return self._source
        slots = family_of(network.model).slots_for_redistribution
        if slots is None or "slots" in network.options:
            return self._source
        return dataclasses.replace(network, options={"slots": slots, **network.options}).build()
