"""Random matrices and mutations as the benchmark's own notebook draws them, many at once.

A random matrix has every edge with 1/2 and every operation with 1/3. A child has each of the 21
edges flipped with 1/7, and each of the five operations exchanged for another one with 1/5. Draws
are exact: whole numbers below 7^7 and 10^5 stand for seven edges and for all operations.

Source: google-research/nasbench, NASBench.ipynb (`random_spec`, `mutate_spec` with rate 1).
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nasbench_templates.networks import cell_arrays
from nasbench_templates.networks.cells import BENCHMARK_OPS, MAX_VERTICES
from nasbench_templates.space.labelled_space import (
    NUM_EDGES,
    NUM_INTERIOR,
    NUM_LABELLINGS,
    NUM_MASKS,
)

# Sevenths: an edge is flipped with 1/7.
_EDGES_A_DRAW = 7
_FLIP_DRAWS = MAX_VERTICES**_EDGES_A_DRAW
# Tenths: an operation stays with 8/10, and becomes each of the two others with 1/10.
_SHIFT_DRAWS = (2 * NUM_INTERIOR) ** NUM_INTERIOR


@dataclass(frozen=True, slots=True)
class Genotypes:
    """Unpruned cells under templates, each array of the same shape.

    Attributes:
        masks: edges of seven vertices.
        labellings: operations of the interior vertices.
        templates: place of the template among those that are searched.
    """

    masks: np.ndarray
    labellings: np.ndarray
    templates: np.ndarray

    @classmethod
    def zeros(cls, *shape: int) -> "Genotypes":
        """Returns genotypes to be filled."""
        return cls(np.zeros(shape, np.int32), np.zeros(shape, np.int16), np.zeros(shape, np.int8))

    def __getitem__(self, places: object) -> "Genotypes":
        return Genotypes(*(array[places] for array in self._arrays()))  # type: ignore[call-overload]

    def put(self, places: object, others: "Genotypes") -> None:
        """Writes others to some places."""
        for array, values in zip(self._arrays(), others._arrays(), strict=True):
            array[places] = values  # type: ignore[call-overload]

    def _arrays(self) -> Iterator[np.ndarray]:
        yield from (self.masks, self.labellings, self.templates)


def random_genotypes(
    generator: np.random.Generator, shape: tuple[int, ...], num_templates: int
) -> Genotypes:
    """Returns random matrices, not all of which are cells."""
    return Genotypes(
        generator.integers(NUM_MASKS, size=shape, dtype=np.int32),
        generator.integers(NUM_LABELLINGS, size=shape, dtype=np.int16),
        _random_templates(generator, shape, num_templates),
    )


def mutated(
    generator: np.random.Generator, parents: Genotypes, times: int, num_templates: int
) -> Genotypes:
    """Returns children, not all of which are cells.

    Args:
        generator: of the draws.
        parents: shape `(parents,)`.
        times: children of each.
        num_templates: where there is more than one, a child's is exchanged with 1/5, like an
            operation.

    Returns:
        Shape `(parents, times)`.
    """
    shape = (len(parents.masks), times)
    flips = np.zeros(shape, np.int32)
    for edge in range(0, NUM_EDGES, _EDGES_A_DRAW):
        drawn = _flips()[generator.integers(_FLIP_DRAWS, size=shape, dtype=np.int32)]
        flips |= drawn.astype(np.int32) << edge
    shifts = _shifts()[generator.integers(_SHIFT_DRAWS, size=shape, dtype=np.int32)]
    templates = np.broadcast_to(parents.templates[:, None], shape)
    if num_templates > 1:
        step = 1 + generator.integers(num_templates - 1, size=shape, dtype=np.int8)
        is_changed = generator.integers(NUM_INTERIOR, size=shape, dtype=np.int8) == 0
        templates = ((templates + is_changed * step) % num_templates).astype(np.int8)
    return Genotypes(
        parents.masks[:, None] ^ flips,
        shifted_labellings()[parents.labellings[:, None], shifts].astype(np.int16),
        templates,
    )


def neighbours(parents: Genotypes, num_templates: int) -> Genotypes:
    """Returns everything that differs in one edge, one operation or the template.

    Args:
        parents: shape `(parents,)`.
        num_templates: how many there are.

    Returns:
        Shape `(parents, 21 + 10 + num_templates - 1)`.
    """
    flips = np.int32(1) << np.arange(NUM_EDGES, dtype=np.int32)
    shifts = (np.arange(1, len(BENCHMARK_OPS))[:, None] * _powers()).ravel()
    steps = np.arange(1, num_templates)
    count = len(flips) + len(shifts) + len(steps)
    masks, labellings, templates = (
        np.repeat(values[:, None], count, axis=1) for values in parents._arrays()
    )
    masks[:, : len(flips)] ^= flips
    changed = slice(len(flips), len(flips) + len(shifts))
    labellings[:, changed] = shifted_labellings()[labellings[:, changed], shifts]
    if len(steps):
        templates[:, -len(steps) :] = (templates[:, -len(steps) :] + steps) % num_templates
    return Genotypes(masks, labellings, templates)


def _random_templates(
    generator: np.random.Generator, shape: tuple[int, ...], num_templates: int
) -> np.ndarray:
    if num_templates == 1:
        return np.zeros(shape, np.int8)
    return generator.integers(num_templates, size=shape, dtype=np.int8)


@functools.cache
def _flips() -> np.ndarray:
    numbers = np.arange(_FLIP_DRAWS)
    flips = np.zeros(_FLIP_DRAWS, np.uint8)
    for edge in range(_EDGES_A_DRAW):
        flips |= (numbers // MAX_VERTICES**edge % MAX_VERTICES == 0).astype(np.uint8) << edge
    return flips


@functools.cache
def _shifts() -> np.ndarray:
    numbers = np.arange(_SHIFT_DRAWS)
    shifts = np.zeros(_SHIFT_DRAWS, np.uint8)
    tenths = 2 * NUM_INTERIOR
    for place, power in enumerate(_powers().tolist()):
        drawn = numbers // tenths**place % tenths
        shifts += (np.maximum(drawn - (tenths - len(BENCHMARK_OPS)), 0) * power).astype(np.uint8)
    return shifts


def _powers() -> np.ndarray:
    return len(BENCHMARK_OPS) ** np.arange(NUM_INTERIOR - 1, -1, -1)


@functools.cache
def shifted_labellings() -> np.ndarray:
    """Returns labellings with each operation moved on by a digit, `(labelling, digits)`."""
    digits = cell_arrays.interior_labels(MAX_VERTICES, np.arange(NUM_LABELLINGS))
    moved = (digits[:, :, None] + digits[:, None, :]) % len(BENCHMARK_OPS)
    return np.tensordot(_powers(), moved, 1).astype(np.uint8)
