"""Designs as JSON and back, so that a file says exactly which network is meant.

>>> from nasbench_templates.design.planning import plan
>>> (flat,) = plan("vgg19", ["b"])
>>> from_json(to_json(flat)) == flat
True
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from nasbench_templates.design.design import Design
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.graph import graph_json
from nasbench_templates.networks.architecture import Architecture


def to_json(design: Design) -> dict[str, object]:
    """Returns a design as JSON-ready dictionaries, lists, texts and numbers.

    A network that its settings build stands there as these, any other with its whole graph.
    """
    return {
        "template": design.template,
        "filters": list(design.filters),
        "matching": design.matching.to_json(),
        "network": None if design.network is None else design.network.to_json(),
        "source": _architecture_to_json(design.source, design.network),
        "reference": None
        if design.reference is None
        else _architecture_to_json(design.reference, None),
    }


def from_json(content: Mapping[str, Any]) -> Design:
    """Returns the design that `to_json` described.

    Raises:
        UnknownNameError: an architecture that is not registered.
        SpecError: a malformed cell or graph, or widths that do not fit it.
    """
    network, reference = content["network"], content["reference"]
    design = Design(
        template=content["template"],
        source=_architecture_from_json(content["source"]),
        filters=tuple(content["filters"]),
        matching=_matching_from_json(content["matching"]),
        network=None if network is None else NetworkSettings.from_json(network),
        reference=None if reference is None else _architecture_from_json(reference),
    )
    design.architecture.graph.check(design.filters)
    return design


def _architecture_to_json(
    architecture: Architecture, network: NetworkSettings | None
) -> dict[str, object]:
    # A model from outside may have moved or changed by the time that somebody reads this.
    if network is not None and not network.is_outside and network.build() == architecture:
        return {"settings": network.to_json()}
    return {
        "name": architecture.name,
        "input_shape": list(architecture.input_shape),
        "num_classes": architecture.num_classes,
        "base_filters": list(architecture.base_filters),
        "graph": graph_json.to_json(architecture.graph),
        "base_graph": architecture.base_graph and graph_json.to_json(architecture.base_graph),
        "note_on_slots": architecture.note_on_slots,
        "n_min": architecture.n_min,
    }


def _architecture_from_json(content: Mapping[str, Any]) -> Architecture:
    if "settings" in content:
        return NetworkSettings.from_json(content["settings"]).build()
    base_graph = content["base_graph"]
    return Architecture(
        name=content["name"],
        input_shape=_shape(content["input_shape"]),
        num_classes=content["num_classes"],
        base_filters=tuple(content["base_filters"]),
        graph=graph_json.from_json(content["graph"]),
        base_graph=base_graph and graph_json.from_json(base_graph),
        note_on_slots=content["note_on_slots"],
        n_min=content.get("n_min"),
    )


def _shape(content: Any) -> Any:
    """Returns a shape, or those of several inputs."""
    return tuple(_shape(each) if isinstance(each, list) else each for each in content)


def _matching_from_json(content: Mapping[str, Any]) -> MatchSettings:
    fields = dict(content)
    text = fields["budget"]
    fields["budget"] = Budget(Fraction(text.removesuffix("x")), text.endswith("x"))
    fields["width_multiplier"] = Fraction(fields["width_multiplier"])
    if fields["input_shape"] is not None:
        fields["input_shape"] = tuple(fields["input_shape"])
    return MatchSettings(**fields)
