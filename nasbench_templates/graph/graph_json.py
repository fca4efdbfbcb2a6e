"""Layer graphs as JSON and back, so that a run's folder says exactly what was trained.

>>> from nasbench_templates.networks import architecture
>>> graph = architecture.build("vgg19", (32, 32, 3), 10).graph
>>> from_json(to_json(graph)) == graph
True
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from nasbench_templates.graph import imported, layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder, LayerGraph
from nasbench_templates.graph.shapes import Shape
from nasbench_templates.support.errors import SpecError

_PRIMITIVES: dict[str, Any] = {
    primitive.__name__: primitive for primitive in (*layers.PRIMITIVES, *imported.PRIMITIVES)
}


def to_json(graph: LayerGraph) -> dict[str, object]:
    """Returns a graph as JSON-ready dictionaries and lists."""
    return {
        "slots": list(graph.slots),
        "nodes": [
            {
                "name": node.name,
                "inputs": list(node.inputs),
                "layer": type(node.layer).__name__,
                **({} if node.weights_of is None else {"weights_of": node.weights_of}),
                **{
                    field.name: _to_json(getattr(node.layer, field.name))
                    for field in dataclasses.fields(node.layer)
                },
            }
            for node in graph.nodes
        ],
    }


def from_json(content: Mapping[str, Any]) -> LayerGraph:
    """Returns the graph that `to_json` described.

    Raises:
        SpecError: an unknown primitive, or layers that do not fit together.
    """
    builder = GraphBuilder(content["slots"])
    for node in content["nodes"]:
        fields = {key: value for key, value in node.items() if key not in _NODE_KEYS}
        if node["layer"] not in _PRIMITIVES:
            raise SpecError(
                f"expected a layer of {', '.join(_PRIMITIVES)}, received {node['layer']!r}"
            )
        primitive = _PRIMITIVES[node["layer"]]
        layer = primitive(**{key: _from_json(value) for key, value in fields.items()})
        builder.add(node["name"], layer, *node["inputs"], weights_of=node.get("weights_of"))
    return builder.build()


_NODE_KEYS = ("name", "inputs", "layer", "weights_of")


def _to_json(value: object) -> object:
    match value:
        case widths.Slot(index):
            return {"slot": index}
        case widths.Ratio(of, numerator, denominator):
            return {"ratio": [_to_json(of), numerator, denominator]}
        case widths.Scaled(of, numerator, denominator, multiple):
            return {"scaled": [_to_json(of), numerator, denominator, multiple]}
        case widths.Share(of, weights, index):
            return {"share": [_to_json(of), list(weights), index]}
        case widths.Sum(parts):
            return {"sum": [_to_json(part) for part in parts]}
        case imported.Values(axes, uses, is_trainable):
            return {"values": [_to_json(axes), uses, is_trainable]}
        case Shape():
            return {"shape": [_to_json(part) for part in value]}
        case tuple():
            return [_to_json(part) for part in value]
        case _:
            return value


def _from_json(value: object) -> Any:
    match value:
        case {"slot": index}:
            return widths.slot(index)
        case {"ratio": [of, numerator, denominator]}:
            return widths.ratio(_from_json(of), numerator, denominator)
        case {"scaled": [of, numerator, denominator, multiple]}:
            return widths.scaled(_from_json(of), numerator, denominator, multiple)
        case {"share": [of, weights, index]}:
            return widths.share(_from_json(of), tuple(weights), index)
        case {"sum": parts}:
            return widths.total(tuple(_from_json(part) for part in parts))
        case {"values": [axes, uses, is_trainable]}:
            return imported.Values(_from_json(axes), uses, is_trainable)
        case {"shape": parts}:
            return Shape(*map(_from_json, parts))
        case list():
            return tuple(map(_from_json, value))
        case _:
            return value
