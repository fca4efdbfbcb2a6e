"""Graphs as integers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_templates.benchmark_records import graph_code
from nasbench_templates.networks.cells import BENCHMARK_OPS
from nasbench_templates.support.errors import RecordError


def test_edges_are_numbered_as_in_the_enumeration():
    # Edges 0-2 (bit 0 + 1) and 1-2 (bit 1 + 1).
    code = graph_code.encode(((0, 0, 1), (0, 0, 1), (0, 0, 0)), ("input", "maxpool3x3", "output"))
    assert code == (3, 0b110, 2)


@given(st.integers(2, 11), st.data())
def test_every_graph_comes_back(vertices, data):
    bits = vertices * (vertices - 1) // 2
    edges = data.draw(st.integers(0, 2**bits - 1))
    operations = data.draw(
        st.lists(st.sampled_from(BENCHMARK_OPS), min_size=vertices - 2, max_size=vertices - 2)
    )
    matrix = graph_code.decode_matrix(vertices, edges)
    labels = ("input", *operations, "output")
    code = graph_code.encode(matrix, labels)
    assert (code.vertices, code.edges) == (vertices, edges)
    assert graph_code.decode_operations(vertices, code.labels) == labels


def test_more_vertices_than_fit_are_refused():
    matrix = tuple(tuple(int(y == x + 1) for y in range(12)) for x in range(12))
    with pytest.raises(RecordError, match="expected at most 11 vertices, received 12"):
        graph_code.encode(matrix, ("input", *["maxpool3x3"] * 10, "output"))
