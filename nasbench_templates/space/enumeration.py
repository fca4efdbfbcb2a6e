"""The benchmark's search space: every distinct cell once, in the benchmark's order.

Labelled graphs are generated in order, and the first one of every isomorphism class stays. Classes
are told apart by the benchmark's own colour refinement, but with 64-bit integers in place of MD5:
as many rounds, each of them a function of a vertex' own colour and of the multisets of its sources'
and targets' colours. So cells with equal hashes always have equal keys, and the number of cells,
which equals the published one, shows that no two others share a key.

    >>> len(canonical_cells(5))
    2532

Source: docs/nasbench101.md, sections 3 and 4.
"""

import functools

import numpy as np

from nasbench_templates.networks import cell_arrays
from nasbench_templates.networks.cell_arrays import CellArrays
from nasbench_templates.networks.cells import BENCHMARK_OPS, MAX_EDGES, MAX_VERTICES
from nasbench_templates.support.errors import ConfigError

# Colours of so many graphs under all labellings stay in a core's cache.
_GRAPHS_AT_ONCE = 32

# Odd constants of splitmix64 and of xxhash; any would do.
_FROM_SOURCES = np.uint64(0x9E3779B97F4A7C15)
_FROM_TARGETS = np.uint64(0xC2B2AE3D27D4EB4F)
_FROM_ITSELF = np.uint64(0x165667B19E3779F9)


def canonical_cells(max_vertices: int = MAX_VERTICES) -> CellArrays:
    """Returns the distinct cells of the space in canonical order.

    Args:
        max_vertices: 2..7; 7 is the whole space of 423,624 cells.

    Raises:
        ConfigError: `max_vertices` out of range.
    """
    check_max_vertices(max_vertices)
    parts = []
    for vertices in range(2, max_vertices + 1):
        graphs = connected_graphs(vertices)
        first, _ = isomorphism_classes(vertices, graphs)
        labellings = len(BENCHMARK_OPS) ** (vertices - 2)
        parts.append(
            CellArrays(
                np.full(len(first), vertices, np.uint8),
                graphs[first // labellings],
                (first % labellings).astype(np.uint8),
            )
        )
    return cell_arrays.concatenate(parts)


def isomorphism_classes(vertices: int, graphs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns which of all labelled graphs of a number of vertices are isomorphic.

    Args:
        vertices: of the graphs.
        graphs: those of `connected_graphs`; each stands for all its labellings in order.

    Returns:
        The positions of the first graph of every class, rising, shape `(classes,)`, and the class
        of every labelled graph, shape `(graphs * labellings,)`.
    """
    keys = np.concatenate(
        [
            _isomorphism_keys(vertices, graphs[start : start + _GRAPHS_AT_ONCE])
            for start in range(0, len(graphs), _GRAPHS_AT_ONCE)
        ]
    )
    # The sort behind `unique` is stable: an index is that of the first occurrence.
    _, first, class_of = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[class_of]


def check_max_vertices(max_vertices: int) -> None:
    """Checks a largest number of vertices.

    Raises:
        ConfigError: it is not in 2..7.
    """
    if not 2 <= max_vertices <= MAX_VERTICES:
        raise ConfigError(f"expected max_vertices in 2..{MAX_VERTICES}, received {max_vertices}")


def connected_graphs(vertices: int) -> np.ndarray:
    """Returns the edge masks of the space's graphs, in increasing order.

    They have at most 9 edges, and every vertex is on a path from input to output: on an upper
    triangular matrix that is so if each has a source and a target.
    """
    masks = np.arange(1 << cell_arrays.edge_bit(0, vertices), dtype=np.uint32)
    masks = masks[cell_arrays.count_bits(masks) <= MAX_EDGES]
    for vertex in range(vertices):
        sources = sum(1 << cell_arrays.edge_bit(before, vertex) for before in range(vertex))
        targets = sum(
            1 << cell_arrays.edge_bit(vertex, after) for after in range(vertex + 1, vertices)
        )
        for needed in (sources, targets):
            if needed:
                masks = masks[(masks & needed) != 0]
    return masks


def _isomorphism_keys(vertices: int, graphs: np.ndarray) -> np.ndarray:
    """Returns a key for each graph under each labelling, one graph after the other."""
    edges = cell_arrays.adjacency(vertices, graphs)
    # All ones where an edge is: a colour survives the "and" only along edges.
    along = np.where(edges, ~np.uint64(0), np.uint64(0))[..., None]
    colours = _first_colours(edges)
    for _ in range(vertices):
        to_targets, to_sources = colours * _FROM_SOURCES, colours * _FROM_TARGETS
        colours *= _FROM_ITSELF
        for target in range(vertices):
            for source in range(target):
                edge = along[source, target]
                colours[target] += to_targets[source] & edge
                colours[source] += to_sources[target] & edge
        _mix(colours)
    _mix(colours)
    return colours.sum(axis=0).ravel()


def _first_colours(edges: np.ndarray) -> np.ndarray:
    """Returns colours of out-degree, in-degree and label, shape `(vertices, graphs, labellings)`.

    Labels 0 to 2 are operations, 3 is the input, 4 the output.
    """
    degrees = (edges.sum(axis=1) * 8 + edges.sum(axis=0)).astype(np.uint64)
    colours = degrees[:, :, None] * np.uint64(8) + _all_labels(len(edges))[:, None, :]
    _mix(colours)
    return colours


@functools.cache
def _all_labels(vertices: int) -> np.ndarray:
    labellings = np.arange(len(BENCHMARK_OPS) ** (vertices - 2))
    labels = np.empty((vertices, len(labellings)), np.uint64)
    labels[0], labels[-1] = 3, 4
    labels[1:-1] = cell_arrays.interior_labels(vertices, labellings)
    return labels


def _mix(colours: np.ndarray) -> None:
    """Mixes the bits in place, one to one, so that sums of colours tell multisets apart.

    Source: the finalizer of splitmix64.
    """
    colours += _FROM_ITSELF
    colours ^= colours >> np.uint64(30)
    colours *= np.uint64(0xBF58476D1CE4E5B9)
    colours ^= colours >> np.uint64(27)
    colours *= np.uint64(0x94D049BB133111EB)
    colours ^= colours >> np.uint64(31)
