"""Widths as expressions over slots: the part of an architecture that a template may change.

A *slot* is one free width; a *filter distribution* assigns an int to every slot. All other widths
are exact functions of slots: a constant, a ratio, one share of an apportioned total, a sum. Every
expression exists once (the functions below build each a single time, and so do `pickle` and
`copy`), so widths compare by identity.

    >>> half = ratio(slot(0), 1, 2)
    >>> value(half, (9,))
    4
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from nasbench_templates.support.errors import SpecError


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """The free width number `index`."""

    index: int

    def value(self, filters: Sequence[int]) -> int:
        """Returns this width under an assignment."""
        return filters[self.index]

    def __reduce__(self) -> tuple:
        return _only, (Slot, self.index)


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """`floor(of * numerator / denominator)`."""

    of: "Width"
    numerator: int
    denominator: int

    def value(self, filters: Sequence[int]) -> int:
        """Returns this width under an assignment."""
        return value(self.of, filters) * self.numerator // self.denominator

    def __reduce__(self) -> tuple:
        return _only, (Ratio, self.of, self.numerator, self.denominator)


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """The positive multiple of `multiple` nearest to `of * numerator / denominator`."""

    of: "Width"
    numerator: int
    denominator: int
    multiple: int

    def value(self, filters: Sequence[int]) -> int:
        """Returns this width under an assignment."""
        unit = self.denominator * self.multiple
        steps = (2 * value(self.of, filters) * self.numerator + unit) // (2 * unit)
        return max(1, steps) * self.multiple

    def __reduce__(self) -> tuple:
        return _only, (Scaled, self.of, self.numerator, self.denominator, self.multiple)


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """Part `index` of `of`, divided in proportion to `weights` by `apportion`."""

    of: "Width"
    weights: tuple[int, ...]
    index: int

    def value(self, filters: Sequence[int]) -> int:
        """Returns this width under an assignment."""
        return apportion(value(self.of, filters), self.weights)[self.index]

    def __reduce__(self) -> tuple:
        return _only, (Share, self.of, self.weights, self.index)


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """The sum of other widths, for concatenated branches."""

    parts: tuple["Width", ...]

    def value(self, filters: Sequence[int]) -> int:
        """Returns this width under an assignment."""
        return sum(value(part, filters) for part in self.parts)

    def __reduce__(self) -> tuple:
        return _only, (Sum, self.parts)


_Kind = TypeVar("_Kind")
Width: TypeAlias = int | Slot | Ratio | Scaled | Share | Sum


@functools.cache
def _only(kind: type[_Kind], *fields: object) -> _Kind:
    return kind(*fields)


def slot(index: int) -> Slot:
    """Returns the free width number `index`, counted from 0."""
    return _only(Slot, index)


def ratio(of: Width, numerator: int, denominator: int = 1) -> Width:
    """Returns `floor(of * numerator / denominator)`, simplified where it is a constant or `of`."""
    if isinstance(of, int):
        return of * numerator // denominator
    return of if numerator == denominator else _only(Ratio, of, numerator, denominator)


def scaled(of: Width, numerator: int, denominator: int = 1, multiple: int = 1) -> Width:
    """Returns the positive multiple of `multiple` nearest to `of * numerator / denominator`.

    Unlike `ratio` it is never 0, and halves are rounded up.

    Example:
        >>> [value(scaled(slot(0), 1, 4, multiple=8), (width,)) for width in (1, 47, 48, 100)]
        [8, 8, 16, 24]
    """
    common = math.gcd(numerator, denominator)
    fields = (numerator // common, denominator // common, multiple)
    if isinstance(of, int):
        return Scaled(of, *fields).value(())
    return of if fields == (1, 1, 1) else _only(Scaled, of, *fields)


def share(of: Width, weights: tuple[int, ...], index: int) -> Width:
    """Returns part `index` of `of`, divided in proportion to `weights`."""
    if len(weights) == 1:
        return of
    if isinstance(of, int):
        return apportion(of, weights)[index]
    return _only(Share, of, weights, index)


def total(parts: tuple[Width, ...]) -> Width:
    """Returns the sum of widths; all shares of one width together are that width again."""
    if len(parts) == 1:
        return parts[0]
    numbers = [part for part in parts if isinstance(part, int)]
    if len(numbers) == len(parts):
        return sum(numbers)
    first = parts[0]
    if isinstance(first, Share) and parts == tuple(
        share(first.of, first.weights, index) for index in range(len(first.weights))
    ):
        return first.of
    return _only(Sum, parts)


def value(width: Width, filters: Sequence[int]) -> int:
    """Returns a width under an assignment of `filters` to the slots."""
    return width if isinstance(width, int) else width.value(filters)


@functools.lru_cache(maxsize=65536)
def apportion(amount: int, weights: tuple[int, ...]) -> tuple[int, ...]:
    """Returns `amount` divided into whole parts in proportion to `weights`.

    The method is Sainte-Laguë with ties to the first: the unit that comes next always goes to the
    part with the largest `weight / (2 * held + 1)`. It never takes a unit away from a part when the
    amount grows, as matching by bisection needs, and with equal weights it is the rule of
    NAS-Bench-101: everyone gets the floor, the first `amount mod parts` one more.

    Args:
        amount: how many units to divide, at least 0.
        weights: positive integers, one for each part.

    Raises:
        SpecError: a negative amount, no weights or a weight below 1.

    Example:
        >>> apportion(8, (1, 1, 1))
        (3, 3, 2)
        >>> apportion(256, (64, 128, 32, 32))
        (64, 128, 32, 32)
    """
    if amount < 0 or not weights or min(weights) < 1:
        raise SpecError(f"expected amount >= 0 and weights >= 1, received {amount} and {weights}")
    parts = len(weights)
    if len(set(weights)) == 1:
        return tuple((amount + parts - 1 - index) // parts for index in range(parts))
    held = [0] * parts
    for _ in range(amount):
        held[_next_part(held, weights)] += 1
    return tuple(held)


def _next_part(held: Sequence[int], weights: Sequence[int]) -> int:
    best = 0
    for index in range(1, len(held)):
        # w[i] / (2 held[i] + 1) > w[best] / (2 held[best] + 1), in whole numbers
        if weights[index] * (2 * held[best] + 1) > weights[best] * (2 * held[index] + 1):
            best = index
    return best


def slots_of(width: Width) -> tuple[int, ...]:
    """Returns the indices of the slots that a width depends on, in the order of its parts."""
    if isinstance(width, int):
        return ()
    if isinstance(width, Slot):
        return (width.index,)
    parts = width.parts if isinstance(width, Sum) else (width.of,)
    return tuple(dict.fromkeys(index for part in parts for index in slots_of(part)))
