"""The base's shape at another budget."""

from fractions import Fraction

import pytest

from nasbench_templates.design import scaled_base
from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import Budget, MatchSettings
from nasbench_templates.graph.cost import cost_model
from nasbench_templates.networks.architecture import architectures


@pytest.mark.parametrize("name", ["vgg19", "resnet50", "mobilenet_v2"])
def test_scaled_base_costs_the_budget_and_keeps_its_shape(name):
    assert name in architectures
    (base,) = plan(name, ["base"], MatchSettings(budget=Budget(Fraction(1, 2), True)))
    filters = scaled_base.scaled_filters(base)
    cost = cost_model(base.source.graph).cost(filters).published_flops
    assert 0.97 < cost / (base.cost.published_flops / 2) <= 1
    factor = max(filters) / max(base.filters)
    assert all(
        abs(width - factor * was) <= 1 for width, was in zip(filters, base.filters, strict=True)
    )


def test_only_another_budget_asks_for_it():
    assert not scaled_base.has_other_budget(plan("vgg11", ["base"])[0])
