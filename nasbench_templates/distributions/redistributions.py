"""The redistributions of the earlier drafts: other distributions of the same total of filters.

Source: "Filter redistribution templates for iteration-less convolutional model reduction", section
3; corrected as in docs/templates.md, section 7.
"""

from collections.abc import Sequence
from fractions import Fraction

from nasbench_templates.distributions.template import redistribution
from nasbench_templates.support.errors import SpecError


@redistribution("unchanged", "the base's own widths, for the width multiplier")
def unchanged(base: Sequence[int]) -> Sequence[int]:
    """Returns the base's widths."""
    return tuple(base)


@redistribution("reverse", "the base's widths in reverse order")
def reverse(base: Sequence[int]) -> Sequence[int]:
    """Returns the base's widths from last to first."""
    return tuple(reversed(base))


@redistribution("uniform", "the base's mean width everywhere")
def uniform(base: Sequence[int]) -> Sequence[Fraction]:
    """Returns the mean width for every slot."""
    return (Fraction(sum(base), len(base)),) * len(base)


@redistribution("quadratic", "a parabola, low in the middle: the base's smallest width at D/2")
def quadratic(base: Sequence[int]) -> Sequence[Fraction]:
    """Returns a symmetric parabola with the base's minimum at position D/2."""
    return _parabola(base, Fraction(len(base), 2), min(base))


@redistribution(
    "negative_quadratic", "a parabola, high in the middle: the smallest width at the ends"
)
def negative_quadratic(base: Sequence[int]) -> Sequence[Fraction]:
    """Returns a symmetric parabola with the base's minimum at both ends."""
    return _parabola(base, Fraction(1), min(base))


@redistribution("quadratic_max", "a parabola, low in the middle: the largest width at the ends")
def quadratic_max(base: Sequence[int]) -> Sequence[Fraction]:
    """Returns a symmetric parabola with the base's maximum at both ends.

    Source: the reading that reproduces the drafts' VGG19 (docs/templates.md, section 7).
    """
    return _parabola(base, Fraction(1), max(base))


def _parabola(base: Sequence[int], position: Fraction, width: int) -> tuple[Fraction, ...]:
    """Returns the parabola symmetric over slots 1..D with the base's total and one given point."""
    slots = len(base)
    if slots < 3:
        raise SpecError(f"quadratic distributions: expected at least 3 slots, received {slots}")
    centre = Fraction(slots + 1, 2)
    squares = [(slot - centre) ** 2 for slot in range(1, slots + 1)]
    # width = a (position - centre)^2 + c and sum(base) = a sum(squares) + c D
    spread = sum(squares) - slots * (position - centre) ** 2
    a = (sum(base) - slots * width) / spread
    c = width - a * (position - centre) ** 2
    return tuple(a * square + c for square in squares)
