"""Cells, graphs, configuration and networks under the original's import paths."""

import sys

import nasbench_modules
import numpy as np
import pytest

from nasbench_templates.networks import architecture
from nasbench_templates.networks.cells import BENCHMARK_OPS, Cell

from nasbench.lib import graph_util, model_spec  # isort: skip  (found by nasbench_modules)

CHAIN = [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
CHAIN_OPS = ["input", "conv3x3-bn-relu", "output"]
ours_only = pytest.mark.skipif(nasbench_modules.IS_ORIGINAL, reason="the original is installed")


def make(matrix, ops):
    return model_spec.ModelSpec(matrix, ops)


# These hold for the original too, and run against it where it is installed.


def test_hashes():
    assert make(CHAIN, CHAIN_OPS).hash_spec(BENCHMARK_OPS) == "b49ac8c578b4561d79ac7087988f1c61"
    direct = make([[0, 1], [0, 0]], ["input", "output"])
    assert direct.hash_spec(list(BENCHMARK_OPS)) == "043721b9c7fe8c5fad811d47d83132ec"


def test_our_functions_take_the_specs():
    spec = make(CHAIN, CHAIN_OPS)
    assert Cell.of(spec).hash() == spec.hash_spec(BENCHMARK_OPS)
    built = architecture.build("nasbench101", (32, 32, 3), 10, {"cell": spec})
    assert built.name == "nasbench101"


def test_pruning_keeps_what_was_given():
    matrix = np.array([[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]])
    spec = make(matrix, ["input", "conv3x3-bn-relu", "unknown", "output"])
    assert spec.valid_spec
    assert spec.matrix.tolist() == CHAIN
    assert spec.ops == CHAIN_OPS
    assert spec.original_matrix.tolist() == matrix.tolist()
    assert list(spec.original_ops)[2] == "unknown"
    assert spec.data_format == "channels_last"


@pytest.mark.parametrize(
    ("matrix", "ops"),
    [([[0]], ["input"]), (np.zeros((0, 0)), []), ([[0, 0], [0, 0]], ["input", "output"])],
)
def test_cells_without_a_path(matrix, ops):
    spec = make(matrix, ops)
    assert not spec.valid_spec
    assert spec.matrix is None
    assert spec.ops is None
    with pytest.raises(TypeError):
        spec.hash_spec(BENCHMARK_OPS)


@pytest.mark.parametrize(
    ("matrix", "ops", "message"),
    [
        ([], [], "matrix must be square"),
        ([[0, 1]], ["input"], "matrix must be square"),
        ([[0, 1], [0, 0]], ["input"], "length of ops must match matrix dimensions"),
        ([[0, 1], [1, 0]], ["input", "output"], "matrix must be upper triangular"),
        ([[0, 1], [0]], ["input", "output"], None),
    ],
)
def test_malformed_cells(matrix, ops, message):
    with pytest.raises(ValueError, match=message):
        make(matrix, ops)


def test_unknown_operations_have_no_hash():
    with pytest.raises(ValueError, match="conv"):
        make(CHAIN, ["input", "conv", "output"]).hash_spec(list(BENCHMARK_OPS))


def test_edges_by_bit():
    is_edge = graph_util.gen_is_edge_fn(0b110)
    assert [is_edge(x, y) for x, y in ((0, 1), (0, 2), (1, 2), (2, 1), (1, 1))] == [0, 1, 1, 0, 0]


def test_full_graphs():
    assert graph_util.is_full_dag(np.array(CHAIN))
    assert not graph_util.is_full_dag(np.array([[0, 1, 1], [0, 0, 0], [0, 0, 0]]))
    assert not graph_util.is_full_dag(np.array([[0, 0, 1], [0, 0, 1], [0, 0, 0]]))
    assert graph_util.num_edges(np.array(CHAIN)) == 2


def test_permutations_move_vertices_to_places():
    matrix, labels = graph_util.permute_graph(np.array(CHAIN), ["a", "b", "c"], [2, 0, 1])
    assert matrix.tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 0]]
    assert list(labels) == ["b", "c", "a"]


def test_isomorphism():
    graph = (np.array([[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]), [-1, 0, 2, -2])
    moved = graph_util.permute_graph(*graph, [0, 2, 1, 3])
    assert graph_util.is_isomorphic(graph, moved)
    assert not graph_util.is_isomorphic(graph, (moved[0], [-1, 2, 2, -2]))
    chain = (np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]), [-1, 0, 2, -2])
    assert not graph_util.is_isomorphic(graph, chain)
    assert graph_util.hash_module(*graph) == graph_util.hash_module(*moved)


# From here on it is about what the original does not have, or does otherwise.


@ours_only
def test_hashes_do_not_depend_on_the_type_of_the_matrix():
    for kind in (float, bool, np.int8):
        spec = make(np.array(CHAIN).astype(kind), tuple(CHAIN_OPS))
        assert spec.hash_spec(BENCHMARK_OPS) == "b49ac8c578b4561d79ac7087988f1c61"
        labels = [-1, 0, -2]
        assert graph_util.hash_module(np.array(CHAIN).astype(kind), labels) == (
            "b49ac8c578b4561d79ac7087988f1c61"
        )


@ours_only
def test_entries_other_than_0_and_1_are_refused():
    with pytest.raises(ValueError, match="entries must be 0 or 1"):
        make([[0, 2], [0, 0]], ["input", "output"])
    with pytest.raises(ValueError, match="expected a matrix of 0 and 1"):
        graph_util.hash_module(np.array([[0, 2], [0, 0]]), [-1, -2])


@ours_only
def test_any_sequence_of_operations_is_pruned():
    matrix = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    for ops in (
        ("input", "maxpool3x3", "x", "output"),
        np.array(["input", "maxpool3x3", "x", "output"]),
    ):
        assert make(matrix, ops).ops == ["input", "maxpool3x3", "output"]


@ours_only
def test_configurations_are_separate():
    from nasbench.lib import config

    first, second = config.build_config(), config.build_config()
    first["available_ops"].append("identity")
    assert second["available_ops"] == list(BENCHMARK_OPS)
    assert (second["batch_size"], second["weight_decay"], second["train_epochs"]) == (
        256,
        1e-4,
        108,
    )
    assert len(second) == 25


@ours_only
def test_vertex_channels():
    from nasbench.lib import model_builder

    # docs/nasbench101.md, section 5: vertex 1 feeds 2 and 3, which feed the output.
    matrix = np.array(
        [[0, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]]
    )
    assert model_builder.compute_vertex_channels(8, 9, matrix) == [8, 5, 5, 4, 9]


@ours_only
def test_networks():
    from nasbench.lib import config, model_builder

    small = {**config.build_config(), "stem_filter_size": 8, "num_modules_per_stack": 1}
    spec = make(CHAIN, ["input", "maxpool3x3", "output"])
    model = model_builder.build_model(spec, small, (8, 8, 3))
    assert model.output_shape == (None, 10)
    # By hand: stem 3*9*8 + 16; projections 8*8 + 16, 8*16 + 32, 16*32 + 64; dense 32*10 + 10.
    counted = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert counted == 232 + 80 + 160 + 576 + 330
    with pytest.raises(ValueError, match="invalid data_format"):
        model_builder.build_model(spec, {**small, "data_format": "channels_first"})
    with pytest.raises(ValueError, match="the graph is disconnected"):
        model_builder.build_model(make([[0, 0], [0, 0]], ["input", "output"]), small)


@ours_only
def test_drawing_without_graphviz_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(ImportError, match="pip install graphviz"):
        make(CHAIN, CHAIN_OPS).visualize()
