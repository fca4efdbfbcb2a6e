"""The exact cost of the networks of many classes of cells at once.

No cost rule stands here. The graph's cost is a sum over its nodes, so what one operation at one
share adds is the difference of the polynomials of two networks, one with and one without it; a few
dozen small networks give these units, and a class' polynomial is their sum.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.graph import polynomials, widths
from nasbench_templates.graph.cost import CostModel
from nasbench_templates.graph.layers import Cost
from nasbench_templates.graph.polynomials import Polynomial
from nasbench_templates.networks import architecture as architectures
from nasbench_templates.networks.architecture import Architecture
from nasbench_templates.networks.cells import BENCHMARK_OPS, INPUT, OUTPUT, Cell
from nasbench_templates.space.cell_classes import CellClasses
from nasbench_templates.support.errors import BudgetError

Filters = tuple[int, ...]
_CONV3, _CONV1, _POOL = BENCHMARK_OPS
# Two counts may be added without leaving 64 bits.
_LARGEST = 2**62


class ClassCosts:
    """Costs of classes that have one number of feeders.

    Args:
        network: around the cells; its options without a cell.
        feeders: how many vertices feed the output.
        classes: with that many feeders.

    Attributes:
        architecture: the network of one cell with so many feeders.
        smallest_filters: the smallest width of every slot that such cells can have.

    Raises:
        SpecError: the base widths do not fit cells with so many feeders.
    """

    def __init__(self, network: NetworkSettings, feeders: int, classes: CellClasses):
        self.architecture = _build(network, _probe([_POOL] * feeders, has_shortcut=feeders == 0))
        self.smallest_filters = self.architecture.graph.smallest_filters()
        units = _Units(network, feeders)
        counts = classes.counts[:, :feeders].reshape(len(classes), -1)
        numbers = np.column_stack(
            [np.ones(len(classes), np.int64), classes.has_shortcut.astype(np.int64), counts]
        )
        places: dict[polynomials.Term, int] = {}
        by_field = [units.polynomials(field) for field in Cost._fields]
        for polynomial in (unit for units_of_field in by_field for unit in units_of_field):
            for term in polynomial.terms:
                places.setdefault(term, len(places))
        self._terms = tuple(places)
        self._coefficients = {
            field: numbers @ _matrix(polynomials_of_field, places)
            for field, polynomials_of_field in zip(Cost._fields, by_field, strict=True)
        }
        self._largest = np.max(
            [each.max(axis=0, initial=0) for each in self._coefficients.values()], axis=0
        ).tolist()
        self._values: dict[Filters, tuple[int, ...]] = {}

    def evaluate(
        self, field: str, assignments: Sequence[Filters], assigned: np.ndarray
    ) -> np.ndarray:
        """Returns one field of `Cost` for every class.

        Args:
            field: its name.
            assignments: different widths of the slots.
            assigned: for every class, which of them; shape `(classes,)`.

        Returns:
            Exact counts, shape `(classes,)`.

        Raises:
            BudgetError: a count would not fit into 64 bits.
        """
        values = np.array([self._values_of(filters) for filters in assignments], np.int64)
        return np.einsum("ct,ct->c", self._coefficients[field], values[assigned])

    def _values_of(self, filters: Filters) -> tuple[int, ...]:
        """Returns every term's value, checked so that no class' sum can overflow."""
        if filters not in self._values:
            atoms: dict[widths.Width, int] = {}
            values = []
            for term in self._terms:
                product = 1
                for width in term:
                    if width not in atoms:
                        atoms[width] = widths.value(width, filters)
                    product *= atoms[width]
                values.append(product)
            most = sum(factor * value for factor, value in zip(self._largest, values, strict=True))
            if max(most, *values) > _LARGEST:
                raise BudgetError(
                    f"widths {list(filters)}: expected counts below 2^62 for a search over the "
                    f"whole space, received up to {most:.3g}; choose a smaller budget"
                )
            self._values[filters] = tuple(values)
        return self._values[filters]


def _matrix(units: Sequence[Polynomial], places: dict[polynomials.Term, int]) -> np.ndarray:
    """Returns the coefficients, one row for each polynomial and one column for each term."""
    matrix = np.zeros((len(units), len(places)), np.int64)
    for row, unit in enumerate(units):
        for term, coefficient in unit.terms.items():
            matrix[row, places[term]] = coefficient
    return matrix


def unit_costs(network: NetworkSettings, feeders: int) -> list[tuple[int, ...]]:
    """Returns what each part of the networks of cells with so many feeders costs.

    Args:
        network: around the cells, at its base widths; its options without a cell.
        feeders: how many vertices feed the output.

    Returns:
        The fields of `Cost` of what is always there, of the edge from input to output, and of each
        of `KINDS` at the first share, at the second, and so on.

    Raises:
        SpecError: the base widths do not fit cells with so many feeders.
    """
    widest = _build(network, _probe([_POOL] * feeders, has_shortcut=feeders == 0))
    units = _Units(network, feeders)
    by_field = [
        [polynomials.evaluator(each)(widest.base_filters) for each in units.polynomials(field)]
        for field in Cost._fields
    ]
    return list(zip(*by_field, strict=True))


class _Units:
    """What each part of a network adds to its cost, as differences of networks."""

    def __init__(self, network: NetworkSettings, feeders: int):
        self._network = network
        self._feeders = feeders
        self._models: dict[Cell, CostModel] = {}

    def polynomials(self, field: str) -> list[Polynomial]:
        """Returns the cost of what is always there, of the shortcut, and of each share's kinds."""
        pools = [_POOL] * self._feeders
        if not pools:
            # Only the cell of two vertices has no feeder; it always has the shortcut.
            return [self._cost(field, has_shortcut=True), Polynomial({})]
        plain = self._cost(field, *pools)
        shortcut = _minus(self._cost(field, *pools, has_shortcut=True), plain)
        always, units = plain, []
        for share in range(self._feeders):
            with_pool = self._cost(field, *pools, behind=share)
            both = self._cost(field, *pools, behind=share, is_also_direct=True)
            pool, projection = _minus(with_pool, plain), _minus(both, with_pool)
            for op in (_CONV3, _CONV1):
                changed = [*pools[:share], op, *pools[share + 1 :]]
                units.append(
                    polynomials.add([(1, pool), (1, self._cost(field, *changed)), (-1, plain)])
                )
            units += [pool, projection]
            always = _minus(_minus(always, pool), projection)
        return [always, shortcut, *units]

    def _cost(self, field: str, *ops: str, **settings: Any) -> Polynomial:
        cell = _probe(ops, **settings)
        if cell not in self._models:
            self._models[cell] = CostModel(_build(self._network, cell).graph)
        return self._models[cell].polynomial(field)


def _minus(left: Polynomial, right: Polynomial) -> Polynomial:
    return polynomials.add([(1, left), (-1, right)])


def _build(network: NetworkSettings, cell: Cell) -> Architecture:
    options = {**network.options, "cell": cell}
    return architectures.build(network.model, network.input_shape, network.num_classes, options)


def _probe(
    ops: Sequence[str],
    *,
    has_shortcut: bool = False,
    behind: int | None = None,
    is_also_direct: bool = False,
) -> Cell:
    """Returns a cell whose input feeds some vertices that all feed the output.

    Args:
        ops: of these vertices.
        has_shortcut: whether the input also feeds the output.
        behind: put one more pooling between the input and this one of the vertices.
        is_also_direct: whether the input then still feeds that vertex as well.
    """
    extra = behind is not None
    last = 1 + extra + len(ops)
    edges = {(0, last)} if has_shortcut else set()
    for place in range(len(ops)):
        vertex = 1 + extra + place
        edges |= {(0, vertex), (vertex, last)}
        if place == behind:
            edges |= {(0, 1), (1, vertex)}
            if not is_also_direct:
                edges.remove((0, vertex))
    matrix = [
        [int((row, column) in edges) for column in range(last + 1)] for row in range(last + 1)
    ]
    return Cell.parse(matrix, [INPUT, *[_POOL] * extra, *ops, OUTPUT])
