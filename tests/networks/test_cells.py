import itertools
import json
import pathlib
import time
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_templates.graph import widths
from nasbench_templates.graph.cost import CostModel
from nasbench_templates.networks import architecture, cells
from nasbench_templates.networks.cells import Cell, vertex_channels
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.support.errors import SpecError

GOLDEN = json.loads(
    (pathlib.Path(__file__).parents[1] / "golden/nasbench_cells.json").read_text("utf-8")
)
C3, C1, POOL = cells.BENCHMARK_OPS


def matrix(rows):
    return [[int(entry) for entry in row] for row in rows.split()]


def cell(rows, *interior):
    return Cell.parse(matrix(rows), ["input", *interior, "output"])


@st.composite
def random_cells(draw, max_vertices=7):
    count = draw(st.integers(2, max_vertices))
    edges = [
        [int(column > row and draw(st.booleans())) for column in range(count)]
        for row in range(count)
    ]
    for vertex in range(count - 1):  # a path, so that the cell is connected
        edges[vertex][vertex + 1] = 1
    ops = draw(
        st.lists(st.sampled_from(cells.BENCHMARK_OPS), min_size=count - 2, max_size=count - 2)
    )
    return Cell.parse(edges, ["input", *ops, "output"])


@pytest.mark.parametrize("index", range(len(GOLDEN["valid"])))
def test_original_on_valid_cells(index):
    vector = GOLDEN["valid"][index]
    parsed = Cell.parse(vector["matrix"], vector["ops"])
    assert [list(row) for row in parsed.matrix] == vector["pruned_matrix"]
    assert list(parsed.ops) == vector["pruned_ops"]
    assert (parsed.num_vertices, parsed.num_edges) == (vector["num_vertices"], vector["num_edges"])
    assert parsed.hash() == vector["hash"]
    if vector["kind"] == "canonical":
        assert parsed.canonical() == parsed
    for case in vector["vertex_channels"]:
        if "error" in case:
            with pytest.raises(SpecError):
                vertex_channels(parsed.matrix, case["in"], case["out"])
        else:
            assert list(vertex_channels(parsed.matrix, case["in"], case["out"])) == case["channels"]
    network = architecture.build("nasbench101", (32, 32, 3), 10, {"cell": parsed})
    cost = CostModel(network.graph).cost(network.base_filters)
    assert cost.trainable_params == vector["params"]
    assert cost.params - cost.trainable_params == vector["non_trainable_values"]
    assert cost.macs == vector["conv_macs"] + vector["dense_macs"]


# Where the original has a defect, the mended behaviour is asserted instead of its output.
MENDED = {"matrix_dtype", "tuple_ops", "non_binary_entries", "too_many_vertices", "unsupported_op"}


@pytest.mark.parametrize("index", range(len(GOLDEN["edge"])))
def test_original_on_edge_cases(index):
    vector = GOLDEN["edge"][index]
    expected, category = vector["expected"], vector["category"]
    is_array = vector["dtype"] is not None
    given_matrix = np.array(vector["matrix"], vector["dtype"]) if is_array else vector["matrix"]
    ops = tuple(vector["ops"]) if vector["ops_type"] == "tuple" else vector["ops"]
    is_refused = (
        (expected["construct"] != "ok" and category != "tuple_ops")
        or expected.get("valid_spec") is False
        or category == "non_binary_entries"
        or (category == "unsupported_op" and not set(vector["ops"][1:-1]) <= set(cells.OPS))
    )
    if is_refused:
        message = expected["construct"]["message"] if expected["construct"] != "ok" else "."
        with pytest.raises(SpecError, match=message):
            Cell.parse(given_matrix, ops)
        return
    parsed = Cell.parse(given_matrix, ops)
    if "hash" in expected and category not in MENDED:
        assert parsed.hash() == expected["hash"]
    if isinstance(expected.get("is_valid"), bool):
        assert parsed.in_space == expected["is_valid"]
    if category == "too_many_vertices":
        assert parsed.hash() == expected["hash"]
        assert not parsed.in_space


def test_number_types_do_not_change_the_hash():
    rows = matrix("010 001 000")
    ops = ["input", C3, "output"]
    for dtype in ("int8", "bool", "float32"):
        assert Cell.parse(np.array(rows, dtype), ops).hash() == "b49ac8c578b4561d79ac7087988f1c61"


@pytest.mark.parametrize(
    ("rows", "interior", "expected"),
    [
        ("01 00", (), "043721b9c7fe8c5fad811d47d83132ec"),
        ("010 001 000", (C1,), "d1269d9156ddc027c40473008192958a"),
        ("011 001 000", (POOL,), "6f6257bc3b12d87b8736e81cd4b7ed8b"),
        ("0110 0001 0001 0000", (C3, POOL), "7c65f6bd01b87407734781b6038050bc"),
        ("0110 0001 0001 0000", (POOL, C3), "7c65f6bd01b87407734781b6038050bc"),
    ],
)
def test_published_hashes(rows, interior, expected):
    assert cell(rows, *interior).hash() == expected


def test_named_cells_have_their_published_hash():
    assert {name: named_cells.get(name).cell.hash() for name in named_cells} == {
        "best": "02e5a0247bbdcf2860b7e96f74961594",
        "resnet": "b5fb4f6193360330b6ff6a52cbf0cad7",
        "resnet20": "b5fb4f6193360330b6ff6a52cbf0cad7",
        "resnet50": None,
        "inception": "28cfc7874f6d200472e1a9dcd8650aa0",
        "inception_resnet": "8990de2aa6c16c245b66f633938a95e3",
    }


@pytest.mark.parametrize(
    ("rows", "channels", "expected"),
    [
        ("0110 0001 0001 0000", (8, 15), (8, 8, 7, 15)),
        ("01110 00001 00001 00001 00000", (8, 8), (8, 3, 3, 2, 8)),
        ("01110 00001 00001 00001 00000", (8, 15), (8, 5, 5, 5, 15)),
        ("01000 00110 00001 00001 00000", (8, 9), (8, 5, 5, 4, 9)),
        ("01 00", (7, 13), (7, 13)),
    ],
)
def test_odd_channels_go_to_first_branches(rows, channels, expected):
    assert vertex_channels(tuple(map(tuple, matrix(rows))), *channels) == expected


@given(random_cells(), st.integers(6, 200))
def test_symbolic_channels_have_the_numeric_values(drawn, out_channels):
    symbolic = vertex_channels(drawn.matrix, 16, widths.slot(0))
    evaluated = tuple(widths.value(width, (out_channels,)) for width in symbolic)
    assert evaluated == vertex_channels(drawn.matrix, 16, out_channels)


@given(random_cells())
def test_pruning_is_idempotent(drawn):
    assert Cell.parse(drawn.matrix, drawn.ops) == drawn


@given(random_cells(), st.randoms(use_true_random=False))
def test_hash_and_canonical_form_ignore_the_order(drawn, random):
    orders = list(drawn.orders())
    other = random.choice(orders)
    assert other.hash() == drawn.hash()
    assert other.canonical() == drawn.canonical()


def test_enumeration_order_decides_the_canonical_form():
    # Of both labellings of two parallel branches, the lexicographically first one is stored.
    assert cell("0110 0001 0001 0000", POOL, C1).canonical().ops[1:-1] == (C1, POOL)


def test_counts_depend_on_the_order():
    # Three parallel branches: the remainder goes to the first vertices.
    rows = "01110 00001 00001 00001 00000"
    counts = {}
    for interior in itertools.permutations((C3, C1, POOL)):
        network = architecture.build(
            "nasbench101", (32, 32, 3), 10, {"cell": cell(rows, *interior)}
        )
        counts[interior] = CostModel(network.graph).cost(network.base_filters).trainable_params
    assert counts[C3, C1, POOL] == 2040231
    assert counts[POOL, C1, C3] == 2024094


@pytest.mark.parametrize(
    ("rows", "ops", "message"),
    [
        ([], [], "matrix must be square"),
        ("not a matrix", ["input", "output"], "matrix must be square"),
        ([[0, 1], [0]], ["input", "output"], "matrix must be square"),
        ([[[0], [1]], [[0], [0]]], ["input", "output"], "two dimensions"),
        ([[0, "1"], [0, 0]], ["input", "output"], "must be 0 or 1: received '1'"),
        ([[0, 0.5], [0, 0]], ["input", "output"], "must be 0 or 1: received 0.5"),
        ([[0, 2], [0, 0]], ["input", "output"], "received 2 at row 0, column 1"),
        ([[0, 1], [1, 0]], ["input", "output"], "no edge from vertex 1 to vertex 0"),
        ([[0, 1], [0, 0]], ["input"], "expected 2 ops, received 1"),
        ([[0, 1], [0, 0]], ["input", 3], "ops must be strings: received 3"),
        ([[0, 1], [0, 0]], "io", "ops must be a sequence"),
        ([[0, 0], [0, 0]], ["input", "output"], "disconnected"),
        (matrix("010 001 000"), ["input", "conv7x7", "output"], "unknown op 'conv7x7' at vertex 1"),
    ],
)
def test_malformed_cells_are_refused(rows, ops, message):
    with pytest.raises(SpecError, match=message):
        Cell.parse(rows, ops)


def test_canonical_order_stops_at_seven_vertices():
    rows = [[int(column == row + 1) for column in range(8)] for row in range(8)]
    chain = Cell.parse(rows, ["input", *[C3] * 6, "output"])
    assert not chain.in_space
    assert chain.hash() is not None
    with pytest.raises(SpecError, match="expected at most 7 vertices, received 8"):
        chain.canonical()


def test_objects_with_matrix_and_ops_are_cells():
    spec = types.SimpleNamespace(matrix=[[0, 1], [0, 0]], ops=["input", "output"])
    cell = Cell.of(spec)
    assert cell == Cell.parse(spec.matrix, spec.ops)
    assert Cell.of(cell) is cell
    network = architecture.build("nasbench101", (8, 8, 1), 10, {"cell": spec})
    assert network == architecture.build("nasbench101", (8, 8, 1), 10, {"cell": cell})


@pytest.mark.parametrize("make", [list, np.array])
def test_cells_beyond_all_use_are_refused_at_once(make):
    matrix = make([[0] * 3000] * 3000)
    start = time.monotonic()
    with pytest.raises(SpecError, match="expected at most 100 vertices, received 3000"):
        Cell.parse(matrix, ["input"] * 3000)
    assert time.monotonic() - start < 1


def test_largest_cell_is_hashed_in_no_time():
    dense = [[int(column > row) for column in range(100)] for row in range(100)]
    start = time.monotonic()
    cell = Cell.parse(dense, ["input", *["conv3x3-bn-relu"] * 98, "output"])
    assert len(cell.hash()) == 32
    assert time.monotonic() - start < 5


def test_long_labels_are_cut_in_messages():
    with pytest.raises(SpecError) as caught:
        Cell.parse([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "x" * 10**6, "output"])
    assert len(str(caught.value)) < 300
