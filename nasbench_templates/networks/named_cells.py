"""Cells with a name, each with the skeleton that it is known with.

Source: docs/nasbench101.md, sections 3, 5 and 7.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.registry import Registry

# The architecture whose network stands around a cell.
CELL_MODEL = "nasbench101"


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The network around a cell.

    Attributes:
        stem_filters: filters of the 3x3 stem; also the width of the first stack.
        num_stacks: stacks, with a 2x2 maximum between them and twice the width after each.
        num_modules_per_stack: copies of the cell in each stack.
    """

    stem_filters: int = 128
    num_stacks: int = 3
    num_modules_per_stack: int = 3


def with_skeleton(options: Mapping[str, Any], skeleton: Skeleton | None) -> dict[str, Any]:
    """Returns a network's options with those of a skeleton where they say nothing themselves."""
    known = {} if skeleton is None else dataclasses.asdict(skeleton)
    if "stack_filters" in options:
        known.pop("num_stacks", None)  # the widths of all stacks say how many there are
    return {**known, **options}


@dataclass(frozen=True, slots=True)
class NamedCell:
    """A cell, what it is, and its skeleton."""

    cell: Cell
    description: str
    skeleton: Skeleton = Skeleton()


named_cells: Registry[NamedCell] = Registry("cell", __name__)


def _cell(rows: str, *interior: str) -> Cell:
    matrix = [[int(entry) for entry in row] for row in rows.split()]
    return Cell.parse(matrix, ["input", *interior, "output"])


_CONV3, _CONV1, _POOL = "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"
_RESNET = _cell("0101 0010 0001 0000", _CONV3, _CONV3)
_INCEPTION_OPS = (_CONV1, _CONV3, _CONV3, _CONV3, _POOL)


def name_of(cell: Cell) -> str:
    """Returns a cell's first registered name, else 8 hex digits that tell it from others.

    These begin its module hash; with extended operations they depend on the order of the vertices.
    """
    known = (name for name in named_cells if named_cells.get(name).cell == cell)
    text = f"{cell.matrix}{cell.ops}"
    return next(known, None) or (cell.hash() or hashlib.sha256(text.encode()).hexdigest())[:8]


for _name, _named in {
    "best": NamedCell(
        _cell(
            "0110011 0000010 0001000 0000100 0000010 0000001 0000000",
            *(_CONV1, _CONV3, _POOL, _CONV3, _CONV3),
        ),
        "best mean test accuracy of the benchmark",
    ),
    "resnet": NamedCell(_RESNET, "ResNet-like: two 3x3 convolutions and a skip"),
    "resnet20": NamedCell(_RESNET, "the ResNet-like cell with a stem of 16", Skeleton(16)),
    "resnet50": NamedCell(
        _cell("011 001 000", "bottleneck3x3"),
        "ResNet-50-style: a bottleneck and a skip, 6 modules a stack (outside the benchmark)",
        Skeleton(num_modules_per_stack=6),
    ),
    "inception": NamedCell(
        _cell("0111010 0000001 0000001 0000100 0000001 0000001 0000000", *_INCEPTION_OPS),
        "Inception-like",
    ),
    "inception_resnet": NamedCell(
        _cell("0111011 0000001 0000001 0000100 0000001 0000001 0000000", *_INCEPTION_OPS),
        "Inception-ResNet: 10 edges (outside the benchmark)",
    ),
}.items():
    named_cells.register(_name, _named)
