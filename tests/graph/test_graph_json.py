import json

import pytest

from nasbench_templates.graph import graph_json, layers
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.networks import architecture
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.support.errors import SpecError


@pytest.mark.parametrize("name", list(named_cells))
@pytest.mark.parametrize("slots", ["stack", "module"])
def test_cells_round_trip(name, slots):
    options = {"cell": named_cells.get(name).cell, "slots": slots}
    graph = architecture.build("nasbench101", (32, 32, 3), 10, options).graph
    assert graph_json.from_json(json.loads(json.dumps(graph_json.to_json(graph)))) == graph


@pytest.mark.parametrize("name", list(architecture.architectures))
@pytest.mark.parametrize("side", [28, 224])
def test_classifiers_round_trip(name, side):
    network = architecture.build(name, (side, side, 3), 10)
    for graph in (network.graph, network.base.graph):
        assert graph_json.from_json(json.loads(json.dumps(graph_json.to_json(graph)))) == graph


def test_shared_weights_round_trip():
    builder = GraphBuilder(())
    image = builder.add("image", layers.Input(4, 4, 2))
    conv = builder.add("conv", layers.Conv(2, 3), image)
    builder.add("again", layers.Conv(2, 3), conv, weights_of=conv)
    graph = builder.build()
    content = json.loads(json.dumps(graph_json.to_json(graph)))
    assert [node.get("weights_of") for node in content["nodes"]] == [None, None, 1]
    assert "weights_of" not in content["nodes"][1]
    assert graph_json.from_json(content) == graph


def test_unknown_layers_are_refused():
    content = {"slots": [], "nodes": [{"name": "x", "inputs": [], "layer": "Spline"}]}
    with pytest.raises(SpecError, match="received 'Spline'"):
        graph_json.from_json(content)
