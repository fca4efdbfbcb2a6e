"""Costs as polynomials in the widths.

The cost rules of `layers` are ordinary sums and products, so they can be evaluated on polynomials
as well as on numbers. Collecting equal terms once leaves a few dozen of them for a network of
hundreds of nodes, and that is what matching evaluates again and again.

    >>> from nasbench_templates.graph import widths
    >>> n = polynomial(widths.slot(0))
    >>> evaluator(n * n * 9 + n * 2)((10,))
    920
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence

from nasbench_templates.graph import widths

Term = tuple[widths.Width, ...]


class Polynomial:
    """A polynomial with integer coefficients over widths, of degree 2 at most.

    Args:
        terms: coefficient of each product; a product is a tuple of widths sorted by identity, the
            empty one is the constant.
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Term, int]):
        self.terms = terms

    def __add__(self, other: "Polynomial | int") -> "Polynomial":
        return add([(1, self), (1, polynomial(other) if isinstance(other, int) else other)])

    __radd__ = __add__

    def __mul__(self, other: "Polynomial | int") -> "Polynomial":
        if isinstance(other, int):
            return Polynomial({term: factor * other for term, factor in self.terms.items()})
        product: dict[Term, int] = {}
        for left, a in self.terms.items():
            for right, b in other.terms.items():
                term = tuple(sorted(left + right, key=id))
                product[term] = product.get(term, 0) + a * b
        return Polynomial(product)

    __rmul__ = __mul__


def add(summands: Iterable[tuple[int, Polynomial]]) -> Polynomial:
    """Returns the sum of `factor * polynomial`."""
    collected: dict[Term, int] = {}
    for factor, summand in summands:
        for term, coefficient in summand.terms.items():
            collected[term] = collected.get(term, 0) + factor * coefficient
    return Polynomial(collected)


@functools.cache
def polynomial(width: widths.Width) -> Polynomial:
    """Returns a width as a polynomial: sums and whole multiples are taken apart."""
    if isinstance(width, int):
        return Polynomial({(): width})
    if isinstance(width, widths.Sum):
        return add((1, polynomial(part)) for part in width.parts)
    if isinstance(width, widths.Ratio) and width.denominator == 1:
        return polynomial(width.of) * width.numerator
    return Polynomial({(width,): 1})


def evaluator(source: Polynomial) -> Callable[[Sequence[int]], int]:
    """Returns a function from an assignment of the slots to the polynomial's exact value.

    Raises:
        ValueError: a product of more than two widths, which no cost rule forms.
    """
    place: dict[widths.Width, int] = {}
    pairs = []
    for term, coefficient in source.terms.items():
        if len(term) > 2:
            raise ValueError(f"expected products of at most two widths, received {len(term)}")
        left, right = (*(place.setdefault(width, len(place) + 1) for width in term), 0, 0)[:2]
        pairs.append((coefficient, left, right))
    atoms = tuple(place)

    def evaluate(filters: Sequence[int]) -> int:
        values = [1]
        values.extend([widths.value(atom, filters) for atom in atoms])
        return sum([factor * values[left] * values[right] for factor, left, right in pairs])

    return evaluate
