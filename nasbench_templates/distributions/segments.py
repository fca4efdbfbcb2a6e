"""The templates a to e of "The Myth of the Pyramid": linear segments between two widths.

Source: "The Myth of the Pyramid", section 3 and figure 1; exact positions and rounding as in
docs/templates.md, section 1.
"""

from nasbench_templates.distributions.template import peak_template


@peak_template("a", "increasing: from n_min to the peak", word="increasing")
def increasing(slots: int, n_min: int, peak: int) -> tuple[int, ...]:
    """Returns widths that rise linearly over all slots."""
    return _segment(n_min, peak, slots - 1)


@peak_template("b", "flat: the peak everywhere", fewest_slots=1, is_flat=True, word="flat")
def flat(slots: int, n_min: int, peak: int) -> tuple[int, ...]:
    """Returns one width for all slots."""
    return (peak,) * slots


@peak_template("c", "decreasing: from the peak to n_min", word="decreasing")
def decreasing(slots: int, n_min: int, peak: int) -> tuple[int, ...]:
    """Returns widths that fall linearly over all slots."""
    return _segment(peak, n_min, slots - 1)


@peak_template("d", "bulge: n_min at both ends, the peak in the middle", word="bulge")
def bulge(slots: int, n_min: int, peak: int) -> tuple[int, ...]:
    """Returns widths that rise to the middle slot and fall after it."""
    return _two_segments(n_min, peak, slots)


@peak_template("e", "waist: the peak at both ends, n_min in the middle", word="waist")
def waist(slots: int, n_min: int, peak: int) -> tuple[int, ...]:
    """Returns widths that fall to the middle slot and rise after it."""
    return _two_segments(peak, n_min, slots)


def _two_segments(ends: int, middle: int, slots: int) -> tuple[int, ...]:
    # With an even number of slots the turning point is the first slot of the second half.
    turn = slots // 2
    after = slots - 1 - turn
    return _segment(ends, middle, turn) + (_segment(middle, ends, after)[1:] if after else ())


def _segment(start: int, end: int, steps: int) -> tuple[int, ...]:
    return tuple(start + _nearest((end - start) * step, steps, start) for step in range(steps + 1))


def _nearest(numerator: int, denominator: int, offset: int) -> int:
    """Returns `numerator / denominator` rounded so that `offset` plus it has ties to even."""
    quotient, rest = divmod(numerator, denominator)
    is_tie = 2 * rest == denominator
    return quotient + (2 * rest > denominator or (is_tie and (offset + quotient) % 2 == 1))
