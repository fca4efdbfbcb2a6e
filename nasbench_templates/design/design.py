"""A network under a distribution of filters: one value from which every figure follows.

>>> from nasbench_templates.design.planning import plan
>>> base, flat = plan("vgg19", ["base", "b"])
>>> flat.filters[0], flat.cost.trainable_params
(152, 3129538)
>>> base
Design(vgg19 base: 398.1 M MACs, 20,046,026 params, filters 64..512)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from nasbench_templates.design import design_html
from nasbench_templates.design.settings import DEFAULT_MATCHING, MatchSettings, NetworkSettings
from nasbench_templates.distributions import matching
from nasbench_templates.distributions import template as distributions
from nasbench_templates.distributions.template import BASE
from nasbench_templates.graph import cost as costs
from nasbench_templates.graph import summary
from nasbench_templates.graph.counts import Cost
from nasbench_templates.networks.architecture import Architecture


@dataclass(frozen=True, slots=True, repr=False)
class Design:
    """One architecture under one distribution of its filters.

    Attributes:
        template: name.
        source: the network with free widths that the template was applied to.
        filters: width of every slot.
        matching: how the widths were matched.
        network: what was asked for; `None` for an architecture that was given itself.
        reference: the network that the budget was measured on, where it is another one than
            `source`.
    """

    template: str
    source: Architecture
    filters: tuple[int, ...]
    matching: MatchSettings = DEFAULT_MATCHING
    network: NetworkSettings | None = None
    reference: Architecture | None = None

    @property
    def architecture(self) -> Architecture:
        """What is built: for the base the published network, else `source`."""
        return self.source.base if self.template == BASE else self.source

    @property
    def name(self) -> str:
        """What tells the network apart under any template."""
        return self.source.name if self.network is None else self.network.name

    @property
    def cost(self) -> Cost:
        """Exact counts of the network that is built."""
        return costs.cost_model(self.architecture.graph).cost(self.filters)

    @property
    def base_cost(self) -> Cost:
        """Exact counts of the published network, of the same input and classes."""
        base = self.source.base
        return costs.cost_model(base.graph).cost(base.base_filters)

    @property
    def macs_percent_of_base(self) -> float:
        """Its MACs in % of the published network's; 100 where that has none either."""
        base = self.base_cost.macs
        return 100 * self.cost.macs / base if base else 100.0

    @property
    def template_title(self) -> str:
        """What tables call the template: `b flat`, `uniform (equal total)`."""
        total = sum(self.filters) / (sum(self.source.base_filters) or 1)
        return distributions.title(self.template, total)

    @property
    def template_name(self) -> str:
        """The word for the template: `flat` for b."""
        return distributions.word(self.template)

    @property
    def summary_outputs(self) -> int:
        """Elements of all modules' outputs, as tools that summarise a network count them."""
        return summary.outputs(self.architecture.graph, self.filters)

    @property
    def summary_memory_bytes(self) -> int:
        """Bytes of one image's outputs and of the values, by the same count; not measured."""
        values = summary.parameter_bytes(self.cost.trainable_params)
        return values + summary.output_bytes(self.summary_outputs)

    @property
    def peak(self) -> int:
        """The largest width."""
        return max(self.filters)

    @property
    def gap(self) -> float:
        """Relative distance to the budget, in the matched quantity.

        Of a redistribution: in the total of filters, against the base's total.
        """
        if self.keeps_total:
            return matching.gap(sum(self.filters), Fraction(sum(self.source.base_filters)))
        reference = self.reference or self.source
        base = self._quantity(reference.base, reference.base_filters)
        is_base = self.template == BASE
        achieved = base if is_base else self._quantity(reference, self.filters)
        return matching.gap(achieved, self.matching.budget.of(base))

    @property
    def gap_quantity(self) -> str:
        """What the gap is in, one of `graph.cost.QUANTITIES`."""
        return costs.TOTAL_FILTERS if self.keeps_total else self.matching.match_on

    @property
    def keeps_total(self) -> bool:
        """Whether it is a redistribution, which keeps the base's total of filters, not its cost."""
        return distributions.keeps_total(self.template)

    def _quantity(self, network: Architecture, filters: Sequence[int]) -> int:
        return costs.cost_model(network.graph).quantity(self.matching.match_on)(filters)

    @property
    def label(self) -> str:
        """Name of the network and template, of letters, digits and `_`."""
        text = self.source.name if self.template == BASE else f"{self.source.name}_{self.template}"
        return "".join(each if each.isalnum() else "_" for each in text)

    def to_json(self) -> dict[str, object]:
        """Returns the row of the machine-readable contract of `match`."""
        cost = self.cost
        return {
            "model": self.architecture.name,
            "template": self.template,
            "filters": list(self.filters),
            "peak": self.peak,
            "macs": cost.macs,
            "flops": cost.flops,
            "published_flops": cost.published_flops,
            "params": cost.params,
            "trainable_params": cost.trainable_params,
            "activations": cost.activations,
            "summary_outputs": self.summary_outputs,
            "gap": self.gap,
            "template_name": self.template_name,
            "gap_quantity": costs.quantity_field(self.gap_quantity),
            "macs_percent_of_base": self.macs_percent_of_base,
        }

    @property
    def html_row(self) -> design_html.Row:
        """What a table for notebooks shows."""
        cost = self.cost
        return design_html.Row(
            self.template_title,
            self.filters,
            cost.macs,
            self.macs_percent_of_base,
            costs.quantity_title(self.gap_quantity),
            self.gap,
            cost.params,
        )

    def _repr_html_(self) -> str:
        return design_html.table(self.name, [self.html_row])

    def __repr__(self) -> str:
        cost = self.cost
        return (
            f"Design({self.name} {self.template_title}: {cost.macs / 1e6:.1f} M MACs, "
            f"{cost.params:,} params, filters {min(self.filters)}..{self.peak})"
        )
