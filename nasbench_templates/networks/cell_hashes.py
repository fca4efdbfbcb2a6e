"""The benchmark's module hashes of many cells, the same as `graph_hash.hash_module` of each.

    >>> direct = CellArrays(np.array([2]), np.array([1]), np.array([0]))
    >>> module_hashes(direct).tolist()
    [b'043721b9c7fe8c5fad811d47d83132ec']

Source: docs/nasbench101.md, section 3.
"""

import dataclasses
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nasbench_templates.networks import cell_arrays, md5_arrays
from nasbench_templates.networks.cell_arrays import CellArrays

HASH = "S32"
_BYTES = 32
# Output, input, and the three operations.
_LABELS = range(-2, 3)


@dataclass(frozen=True, slots=True)
class _SameDegrees:
    """Vertices of many cells with the same numbers of sources and targets.

    Their texts have the same length: the sources' digests, "|", the targets', "|", the own one.
    Everything but the digests is written once, for all rounds.

    Attributes:
        vertices: positions in the flat array of digests.
        sources: positions of their sources, shape `(count, sources)`.
        targets: positions of their targets, shape `(count, targets)`.
        text: the padded texts.
    """

    vertices: np.ndarray
    sources: np.ndarray
    targets: np.ndarray
    text: np.ndarray

    def write(self, digests: np.ndarray) -> None:
        """Writes the texts of the round that follows the digests."""
        begin = 0
        for neighbours in (self.sources, self.targets):
            end = begin + _BYTES * neighbours.shape[1]
            if end > begin:
                field = self.text[:, begin:end].view(HASH)
                field[...] = digests[neighbours]
                field.sort(axis=1)
            begin = end + 1
        self.text[:, begin : begin + _BYTES].view(HASH)[:, 0] = digests[self.vertices]


@dataclass(frozen=True, slots=True)
class _SameBlocks:
    """Vertices whose texts take the same number of blocks: long arrays for MD5.

    Attributes:
        groups: by degrees; their texts are consecutive rows of `texts`.
        texts: padded.
    """

    groups: tuple[_SameDegrees, ...]
    texts: np.ndarray

    def update(self, digests: np.ndarray, changed: np.ndarray) -> None:
        """Writes these vertices' digests after one more round to `changed`."""
        for group in self.groups:
            group.write(digests)
        vertices = np.concatenate([group.vertices for group in self.groups])
        changed[vertices] = md5_arrays.hex_digests_of_padded(self.texts)


def module_hashes(cells: CellArrays) -> np.ndarray:
    """Returns the hash of every cell: 32 hexadecimal digits as bytes, shape `(count,)`."""
    hashes = np.empty(len(cells), HASH)
    for vertices in np.unique(cells.num_vertices):
        places = cells.with_vertices(vertices)
        hashes[places] = _hashes(int(vertices), cells[places])
    return hashes


def _hashes(vertices: int, cells: CellArrays) -> np.ndarray:
    edges = cell_arrays.adjacency(vertices, cells.masks)
    digests = _first_digests(edges, cell_arrays.interior_labels(vertices, cells.labellings))
    texts = _texts(edges)
    for _ in range(vertices):
        # All vertices change at once, so the new digests must not be read in this round.
        changed = np.empty_like(digests)
        for same in texts:
            same.update(digests, changed)
        digests = changed
    by_cell = np.ascontiguousarray(digests.reshape(vertices, len(cells)).T)
    by_cell.sort(axis=1)
    # Python's rendering of a list of strings.
    template = str(["0" * _BYTES] * vertices).encode()
    text = np.tile(np.frombuffer(template, np.uint8), (len(cells), 1))
    for vertex in range(vertices):
        begin = 2 + vertex * (_BYTES + 4)
        text[:, begin : begin + _BYTES].view(HASH)[:, 0] = by_cell[:, vertex]
    return md5_arrays.hex_digests(text)


def _first_digests(edges: np.ndarray, interior_labels: np.ndarray) -> np.ndarray:
    """Returns the digests of degrees and labels, flat, all cells' vertex 0 first."""
    vertices, _, count = edges.shape
    labels = np.full((vertices, count), -1)
    labels[1:-1], labels[-1] = interior_labels, -2
    outs, ins = edges.sum(axis=1), edges.sum(axis=0)
    # Few different texts occur, so each is hashed once.
    table = np.empty((vertices, vertices, len(_LABELS)), HASH)
    for out, into, label in itertools.product(range(vertices), range(vertices), _LABELS):
        text = str((out, into, label)).encode()
        digest = hashlib.md5(text, usedforsecurity=False).hexdigest()
        table[out, into, label - _LABELS.start] = digest
    return table[outs, ins, labels - _LABELS.start].ravel()


def _texts(edges: np.ndarray) -> list[_SameBlocks]:
    by_bytes: dict[int, list[_SameDegrees]] = {}
    for group in _grouped_by_degrees(edges):
        by_bytes.setdefault(group.text.shape[1], []).append(group)
    collected = []
    for groups in by_bytes.values():
        texts = np.concatenate([group.text for group in groups])
        ends = np.cumsum([len(group.text) for group in groups])
        rows = np.split(texts, ends[:-1])
        views = [
            dataclasses.replace(group, text=part) for group, part in zip(groups, rows, strict=True)
        ]
        collected.append(_SameBlocks(tuple(views), texts))
    return collected


def _grouped_by_degrees(edges: np.ndarray) -> Iterator[_SameDegrees]:
    vertices, _, count = edges.shape
    # Flat positions are `vertex * count + cell`, as in the array of digests.
    is_source = edges.transpose(1, 2, 0).reshape(vertices * count, vertices)
    is_target = edges.transpose(0, 2, 1).reshape(vertices * count, vertices)
    degrees = is_source.sum(axis=1) * vertices + is_target.sum(axis=1)
    for key in np.unique(degrees):
        ins, outs = divmod(int(key), vertices)
        places = np.flatnonzero(degrees == key)
        cell = places % count
        text = np.full((len(places), _BYTES * (ins + outs + 1) + 2), ord("|"), np.uint8)
        yield _SameDegrees(
            places,
            np.nonzero(is_source[places])[1].reshape(len(places), ins) * count + cell[:, None],
            np.nonzero(is_target[places])[1].reshape(len(places), outs) * count + cell[:, None],
            md5_arrays.padded(text),
        )
