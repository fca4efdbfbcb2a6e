"""Whether module hashes belong to their graphs: many at once, on arrays.

A column of hashes that was shifted by a row would make every look-up answer for another cell, so
sources of records are compared with what their graphs hash to. All cells of the benchmark are
recognised by a checksum of their hashes and graphs, so that a whole table needs no hashing.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nasbench_templates.benchmark_records import graph_code
from nasbench_templates.benchmark_records.cell_record import CellRecord
from nasbench_templates.networks import cell_hashes
from nasbench_templates.networks.cell_arrays import CellArrays
from nasbench_templates.networks.cells import BENCHMARK_OPS, Cell
from nasbench_templates.support.errors import RecordError, SpecError

# Below this, hashing one by one takes less time than arrays do.
_FEW = 100
_AT_ONCE = 16384
# First 16 digits of the SHA-256 of `Descriptions.content` of all cells of the benchmark, in the
# order of their hashes, for each first digit of the hash. A slow test of this module computes them
# again from the enumerated space.
_WHOLE_PARTS = frozenset(
    {
        "1e099d849bf5dad5",
        "35c4815d24a5b941",
        "276ba513329dab4e",
        "db09c8f77e1e24f2",
        "5b7837ece4e9ca22",
        "3fb571f83bbce13d",
        "669e52cd9961fdf2",
        "c8b1a01862f596c6",
        "a15205cfc1d908d1",
        "5f309e2d760a716f",
        "f97e588b673702d0",
        "728c4da0946ab95c",
        "23054be76dce16c1",
        "5a95891d78be7974",
        "9c08d85e77ab70be",
        "fb7cea5d394f50f5",
    }
)


@dataclass(frozen=True, slots=True)
class Descriptions:
    """Hashes and graphs of cells, each array of shape `(cells,)`; graphs as in `graph_code`.

    Attributes:
        prefix: first 16 digits of the hashes, uint64.
        suffix: last 16 digits.
        edges: of the graphs, uint64.
        labels: of the graphs.
        vertices: of the graphs.
    """

    prefix: np.ndarray
    suffix: np.ndarray
    edges: np.ndarray
    labels: np.ndarray
    vertices: np.ndarray

    @property
    def content(self) -> bytes:
        """The five columns as bytes, one after the other."""
        columns = (self.prefix, self.suffix, self.edges, self.labels, self.vertices)
        kinds = ("<u8", "<u8", "<u8", "<u4", "u1")
        return b"".join(
            np.ascontiguousarray(column, kind).tobytes()
            for column, kind in zip(columns, kinds, strict=True)
        )

    def wrong(self) -> Iterator[tuple[int, str]]:
        """Yields the positions of cells with another cell's hash, and what is wrong with each."""
        if hashlib.sha256(self.content).hexdigest()[:16] in _WHOLE_PARTS:
            return
        for begin in range(0, len(self.prefix), _AT_ONCE):
            part = slice(begin, begin + _AT_ONCE)
            numbers = _numbers(self._hashes(part))
            is_wrong = (numbers[:, 0] != self.prefix[part]) | (numbers[:, 1] != self.suffix[part])
            for place in (begin + np.flatnonzero(is_wrong)).tolist():
                name = f"{self.prefix[place]:016x}{self.suffix[place]:016x}"
                graph = int(self.vertices[place]), int(self.edges[place]), int(self.labels[place])
                reason = _reason(name, *graph)
                if reason is not None:
                    yield place, reason

    def _hashes(self, part: slice) -> np.ndarray:
        vertices = self.vertices[part].astype(np.int64)
        labels = self.labels[part].astype(np.int64)
        # Labels count in base 4 from the first vertex on, labellings in base 3 from the last.
        labellings = np.zeros(len(labels), np.int64)
        for place in range(graph_code.MOST_VERTICES - 2):
            has_vertex = vertices > place + 2
            label = labels >> 2 * place & 3
            labellings = np.where(has_vertex, labellings * len(BENCHMARK_OPS) + label, labellings)
        masks = self.edges[part].astype(np.int64)
        return cell_hashes.module_hashes(CellArrays(vertices, masks, labellings))


def _numbers(hashes: np.ndarray) -> np.ndarray:
    """Returns both halves of hashes as integers, shape `(cells, 2)`."""
    return np.frombuffer(bytes.fromhex(hashes.tobytes().decode()), ">u8").reshape(-1, 2)


def check(cells: Sequence[CellRecord], places: Sequence[str]) -> None:
    """Checks that the hash of every cell with a graph is that of the graph.

    Args:
        cells: of a source.
        places: where each of them stands, for the message.

    Raises:
        RecordError: a cell has another one's hash; the message has the first one's place.
    """
    known = [place for place, cell in enumerate(cells) if cell.matrix is not None]
    wrong: Iterable[tuple[int, str | None]]
    if len(known) < _FEW:
        wrong = enumerate(_reason_of(cells[place]) for place in known)
    else:
        wrong = _wrong([cells[place] for place in known])
    for place, reason in wrong:
        if reason is not None:
            raise RecordError(f"{places[known[place]]}: {reason}")


def _wrong(cells: Sequence[CellRecord]) -> Iterator[tuple[int, str]]:
    codes = np.array(
        [graph_code.encode(cell.matrix, cell.operations) for cell in cells], np.uint64
    ).reshape(-1, 3)
    text = "".join(cell.module_hash for cell in cells)
    numbers = np.frombuffer(bytes.fromhex(text), ">u8").reshape(-1, 2)
    return Descriptions(numbers[:, 0], numbers[:, 1], codes[:, 1], codes[:, 2], codes[:, 0]).wrong()


def _reason_of(cell: CellRecord) -> str | None:
    code = graph_code.encode(cell.matrix, cell.operations)
    return _reason(cell.module_hash, *code)


def _reason(module_hash: str, vertices: int, edges: int, labels: int) -> str | None:
    """Returns what is wrong with a hash, `None` if nothing; superfluous vertices do not matter."""
    matrix = graph_code.decode_matrix(vertices, edges) or ()
    try:
        found = Cell.parse(matrix, graph_code.decode_operations(vertices, labels) or ()).hash()
    except SpecError as error:
        return f"{module_hash}: expected the graph of this hash: {error}"
    if found == module_hash:
        return None
    return f"{module_hash}: expected the graph of this hash, the graph given has the hash {found}"
