"""Channels whose number may change, and what ties them: union-find over groups of channels.

An axis of a tensor is a whole number, a `Group` (so many channels, free to change), or made of
others: `Joined` (a concatenation), `Repeated` (the whole several times over, as a flattened map or
the groups of a convolution) or `Spread` (every channel several times, as a depthwise multiplier
does). Tying two axes makes them the same; a group that meets a structure takes it over.

    >>> first, second = Group(8, 0), Group(8, 1)
    >>> tie(Joined((first, second)), Repeated(Group(8, 2), 2))
    >>> root(first) is root(second)
    True
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

# A repetition is written out up to here in order to be compared with a concatenation.
_MOST_PIECES = 256


class Group:
    """Channels that change together.

    Args:
        size: how many there are.
        step: the call that creates them.
        is_whole: whether it is a width in its own right where a layer makes it several times, as
            the channels of a map that a dense layer makes at once.
    """

    __slots__ = ("bound", "is_whole", "reason", "size", "step")

    def __init__(self, size: int, step: int, is_whole: bool = False):
        self.size = size
        self.step = step
        self.is_whole = is_whole
        self.bound: Axis | None = None
        self.reason: str | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """Channels one after the other."""

    parts: tuple["Axis", ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """All channels of an axis, `times` times over."""

    of: "Axis"
    times: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Every channel of an axis `times` times, one copy beside the other."""

    of: "Axis"
    times: int


Axis: TypeAlias = int | Group | Joined | Repeated | Spread


def root(axis: Axis) -> Axis:
    """Returns what an axis is by now: another group, a structure, or itself."""
    while isinstance(axis, Group) and axis.bound is not None:
        axis = axis.bound
    return axis


def size(axis: Axis) -> int:
    """Returns the number of channels that the imported network has there."""
    match axis:
        case int():
            return axis
        case Group():
            return axis.size
        case Joined(parts):
            return sum(map(size, parts))
        case Repeated(of, times) | Spread(of, times):
            return size(of) * times


def groups(axis: Axis) -> Iterator[Group]:
    """Yields the groups that an axis is made of."""
    axis = root(axis)
    match axis:
        case Group():
            yield axis
        case Joined(parts):
            for part in parts:
                yield from groups(part)
        case Repeated(of, _) | Spread(of, _):
            yield from groups(of)


def is_free(axis: Axis) -> bool:
    """Returns whether any channel of an axis may change."""
    return any(group.reason is None for group in groups(axis))


def pin(axis: Axis, reason: str) -> None:
    """Keeps the channels of an axis as they are; the first reason counts."""
    for group in groups(axis):
        group.reason = group.reason or reason


def repeated(axis: Axis, times: int) -> Axis:
    """Returns an axis several times over."""
    if isinstance(axis, int):
        return axis * times
    return axis if times == 1 else Repeated(axis, times)


def spread(axis: Axis, times: int) -> Axis:
    """Returns every channel of an axis several times."""
    if isinstance(axis, int):
        return axis * times
    return axis if times == 1 else Spread(axis, times)


def joined(parts: list[Axis]) -> Axis:
    """Returns axes one after the other."""
    if not any(map(_is_symbolic, parts)):
        return sum(map(size, parts))
    return parts[0] if len(parts) == 1 else Joined(tuple(parts))


def _is_symbolic(axis: Axis) -> bool:
    return not isinstance(axis, int)


def tie(left: Axis, right: Axis) -> None:
    """Makes two axes of one size the same."""
    left, right = root(left), root(right)
    if left is right:
        return
    if isinstance(left, Group):
        _bind(left, right)
    elif isinstance(right, Group):
        _bind(right, left)
    elif isinstance(left, int) or isinstance(right, int):
        for each in (left, right):
            pin(each, f"meets an axis of {size(each)} that cannot change")
    else:
        match left, right:
            case (Repeated(one, times), Repeated(other, others)) if times == others:
                tie(one, other)
            case (Spread(one, times), Spread(other, others)) if times == others:
                tie(one, other)
            case _:
                _tie_pieces(left, right)


def _bind(group: Group, axis: Axis) -> None:
    if any(each is group for each in groups(axis)):
        pin(axis, "tied to a part of itself")
        return
    if isinstance(axis, Group) and axis.step > group.step:
        # The one that comes first stands for both: it has the place in the network.
        group, axis = axis, group
    if isinstance(axis, int):
        group.reason = group.reason or f"meets an axis of {axis} that cannot change"
        return
    group.bound = axis
    if group.reason is not None:
        pin(axis, group.reason)
    for each in groups(axis):
        each.step = min(each.step, group.step)
        each.is_whole = each.is_whole or (each is axis and group.is_whole)


def _tie_pieces(left: Axis, right: Axis) -> None:
    """Ties structures piece by piece, splitting groups where the other side has smaller pieces."""
    lefts, rights = _pieces(left), _pieces(right)
    if lefts is None or rights is None:
        _pin_both(left, right)
        return
    lefts, rights = lefts[::-1], rights[::-1]
    while lefts and rights:
        first, second = root(lefts.pop()), root(rights.pop())
        if size(first) == size(second):
            tie(first, second)
            continue
        larger, others, smaller = (
            (first, rights, second) if size(first) > size(second) else (second, lefts, first)
        )
        taken, missing = [smaller], size(larger) - size(smaller)
        while missing > 0 and others and size(others[-1]) <= missing:
            taken.append(others.pop())
            missing -= size(taken[-1])
        if missing or not isinstance(larger, Group | int):
            _pin_both(left, right)
            return
        tie(larger, joined(taken))


def _pieces(axis: Axis) -> list[Axis] | None:
    axis = root(axis)
    match axis:
        case Joined(parts):
            pieces: list[Axis] = []
            for part in parts:
                inner = _pieces(part)
                if inner is None:
                    return None
                pieces += inner
            return pieces
        case Repeated(of, times):
            once = _pieces(of)
            if once is None or len(once) * times > _MOST_PIECES:
                return None
            return once * times
        case _:
            return [axis]


def _pin_both(left: Axis, right: Axis) -> None:
    for axis in (left, right):
        pin(axis, "two arrangements of channels meet that do not fit together")
