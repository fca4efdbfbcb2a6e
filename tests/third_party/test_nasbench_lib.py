"""Cells, graphs, configuration and networks under the original's import paths."""

import hashlib
import importlib
import itertools
import random
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


def test_edges_by_bit_on_arrays():
    def matrix(bits, size):
        return np.fromfunction(graph_util.gen_is_edge_fn(bits), (size, size), dtype=np.int8)

    assert matrix(7, 3).tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
    assert matrix(0, 3).tolist() == [[0] * 3] * 3
    assert matrix(18, 4).tolist() == [[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert matrix(35, 4).tolist() == [[0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    # 13 vertices have 78 edges, more than the bits of any number of NumPy.
    assert matrix((1 << 77) | 1, 13).nonzero() == (pytest.approx([0, 11]), pytest.approx([1, 12]))


def test_graphs_are_generated_as_by_the_original():
    found, seen = [], set()
    for size in range(2, 6):
        for bits in range(2 ** (size * (size - 1) // 2)):
            matrix = np.fromfunction(graph_util.gen_is_edge_fn(bits), (size, size), dtype=np.int8)
            if not graph_util.is_full_dag(matrix) or graph_util.num_edges(matrix) > 9:
                continue
            for labels in itertools.product(range(3), repeat=size - 2):
                seen.add(graph_util.hash_module(matrix, [-1, *labels, -2]))
        found.append(len(seen))
    assert found == [1, 7, 91, 2532]


def test_integer_labels():
    spec = make(np.array([[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]), [1, 2, 3, 4])
    assert spec.valid_spec
    assert spec.matrix.tolist() == CHAIN
    assert (spec.ops, spec.original_ops) == ([1, 2, 4], [1, 2, 3, 4])
    assert spec.hash_spec([4, 3, 2]) == make(CHAIN, ["a", "z", "b"]).hash_spec(["x", "y", "z"])


def test_upper_triangular_matrices():
    for rows, expected in (
        ([[0]], True),
        ([[1]], False),
        ([[0, 1], [0, 0]], True),
        ([[0, 0], [1, 0]], False),
        (np.tril(np.ones((4, 4), int)), False),
        (np.zeros((4, 4), int), True),
    ):
        assert model_spec.is_upper_triangular(np.array(rows)) == expected


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "b", "c", "d"],
        [0.25, 0.5, 0.75, 0.3],
        [[1, 0], [0, 1], [1, 1], [0, 0]],
        [-1, "conv", 0.5, (1, 2)],
    ],
)
def test_labels_of_any_kind(labels):
    generator = np.random.default_rng(0)
    matrix = generator.integers(0, 2, (4, 4))  # with cycles and loops
    order = [2, 0, 3, 1]
    moved, moved_labels = graph_util.permute_graph(matrix, labels, order)
    assert moved.dtype == bool
    assert [moved_labels[place] for place in order] == labels
    assert graph_util.hash_module(moved, moved_labels) == graph_util.hash_module(matrix, labels)
    assert graph_util.is_isomorphic((matrix.tolist(), labels), (moved, moved_labels))
    assert not graph_util.is_isomorphic((matrix, labels), (moved, [*moved_labels[1:], labels[1]]))
    other = [*labels[:3], [9, 9] if isinstance(labels[0], list) else 0.26]
    assert graph_util.hash_module(matrix, other) != graph_util.hash_module(matrix, labels)


def test_the_text_of_a_label_is_hashed():
    # Worked by hand with the recipe of docs/nasbench101.md, section 3.
    def md5(text):
        return hashlib.md5(text.encode()).hexdigest()

    first, second = md5("(1, 0, 0.75)"), md5("(0, 1, 'out')")
    for _ in range(2):
        first, second = md5(f"|{second}|{first}"), md5(f"{first}||{second}")
    expected = md5(str(sorted([first, second])))
    assert graph_util.hash_module(np.array([[0, 1], [0, 0]]), [0.75, "out"]) == expected


def test_hashes_of_random_graphs_do_not_depend_on_the_order():
    generator = random.Random(0)
    for _ in range(100):
        size = generator.randint(3, 20)
        matrix = np.random.default_rng(size).integers(0, 2, (size, size))
        labels = [generator.randint(0, 10) for _ in range(size)]
        order = generator.sample(range(size), size)
        moved = graph_util.permute_graph(matrix, labels, order)
        assert graph_util.hash_module(*moved) == graph_util.hash_module(matrix, labels)


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


@ours_only
def test_a_matrix_that_a_program_changes_is_hashed_as_it_is_then():
    spec = make(CHAIN, CHAIN_OPS)
    before = spec.hash_spec(BENCHMARK_OPS)
    spec.matrix[0, 2] = 1
    assert spec.hash_spec(BENCHMARK_OPS) == "d32d0b26d534203b48d866facd98cc3e" != before
    assert spec.num_edges == 3
    spec.ops[1] = "maxpool3x3"
    assert spec.hash_spec(BENCHMARK_OPS) == "6f6257bc3b12d87b8736e81cd4b7ed8b"


@ours_only
def test_the_messages_of_a_table_are_read_with_the_schemas_class():
    from nasbench.lib import model_metrics_pb2
    from table_files import metrics, run_message

    content = run_message(108, metrics(1))
    message = model_metrics_pb2.ModelMetrics.FromString(content)
    start, half, final = message.evaluation_data
    assert (start.current_epoch, half.current_epoch, final.current_epoch) == (0, 54, 108)
    assert final.validation_accuracy == metrics(1)[6]
    assert (message.trainable_parameters, message.total_time) == (5356, 9.5)
    assert message.SerializeToString() == content
    final.checkpoint_path = "model.ckpt"
    assert b"model.ckpt" in message.SerializeToString()
    with pytest.raises(Exception, match=r"[Pp]ars"):
        model_metrics_pb2.ModelMetrics.FromString(content[:-3])


@ours_only
@pytest.mark.parametrize("name", ["base_ops", "cifar", "training_time"])
def test_graph_code_of_tensorflow_1_says_that_it_is(name):
    with pytest.raises(ImportError, match=f"nasbench.lib.{name} is TensorFlow 1 graph code"):
        importlib.import_module(f"nasbench.lib.{name}")
