import json

import pytest

from nasbench_templates.arch import architecture, graph_json
from nasbench_templates.arch.named_cells import named_cells
from nasbench_templates.errors import SpecError


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


def test_unknown_layers_are_refused():
    content = {"slots": [], "nodes": [{"name": "x", "inputs": [], "layer": "Spline"}]}
    with pytest.raises(SpecError, match="received 'Spline'"):
        graph_json.from_json(content)
