"""Which channels of an imported network share a slot, and how wide each is for a slot's width.

`"stage"`: a slot for all that shares a cumulative stride; its width is the stage's largest, and
inside the stage widths keep their ratio. A way up mirrors the stages of the way down in slots of
its own, and vectors behind the last map are one more. `"layer"`: a slot for every free width, in
the order of their places on the longest path. Either way a width that is squeezed to gate a map
keeps its ratio to the map's.
"""

import fnmatch
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nasbench_templates.graph import widths
from nasbench_templates.graph.widths import Width
from nasbench_templates.keras_io.importing import channels, tracing
from nasbench_templates.keras_io.importing.channels import Axis, Group, Joined, Repeated, Spread
from nasbench_templates.keras_io.importing.site import Scale
from nasbench_templates.keras_io.importing.tracing import Step, Trace
from nasbench_templates.support.errors import ConfigError

SCHEMES = ("stage", "layer")
# In `keep`, where no layer has the name: the first layer that creates channels.
STEM = "stem"


@dataclass(frozen=True, slots=True)
class ChannelGroup:
    """Layers whose widths change together.

    Attributes:
        name: the first layer.
        layers: all that create these channels.
        width: in the imported network.
        channels: of a map among them: less than `width` where a layer makes several maps at once.
        slot: name of the slot that it follows; `None` where it is fixed.
        expression: its width as an expression over slots.
        reason: why it is fixed, or what it follows.
    """

    name: str
    layers: tuple[str, ...]
    width: int
    channels: int
    slot: str | None
    expression: Width
    reason: str

    @property
    def is_fixed(self) -> bool:
        """Whether no template changes it."""
        return self.slot is None


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of an imported network.

    Attributes:
        names: of the slots, in the order in which templates run.
        base: their widths in the imported network.
        groups: all groups of channels, in the order of the network.
        width: the expression for an axis.
    """

    names: tuple[str, ...]
    base: tuple[int, ...]
    groups: tuple[ChannelGroup, ...]
    width: Callable[[Axis], Width]


@dataclass(frozen=True, slots=True)
class _Made:
    """A group of channels.

    Attributes:
        group: itself.
        steps: the calls that name its width, in the order of the longest path.
        times: how often the group stands in the first layer's width.
    """

    group: Group
    steps: tuple[Step, ...]
    times: int

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.call.layer for step in self.steps))

    @property
    def first(self) -> Step:
        return self.steps[0]

    @property
    def width(self) -> int:
        """The first layer's width, or the group's part of it."""
        return self.group.size * self.times

    @property
    def units(self) -> int:
        """How many units of a slot's width one channel of the group is."""
        return 1 if self.group.is_whole else self.times


def apply_ties(traced: Trace, ties: Mapping[str, tuple[str, int]]) -> None:
    """Makes widths whole multiples of others.

    Args:
        traced: the network.
        ties: `{layer: (other layer, factor)}`: a layer's width is `factor` times another's.

    Raises:
        ConfigError: no such layer, or widths that are no such multiples.
    """
    axes = {step.call.layer: axis for step, axis in reversed(list(traced.widths()))}
    for layer, (other, factor) in ties.items():
        for each in (layer, other):
            if each not in axes:
                raise ConfigError(f"ties: expected layers with a width, received {each!r}")
        wide, narrow = channels.size(axes[layer]), channels.size(axes[other])
        if wide != factor * narrow:
            raise ConfigError(
                f"ties: expected {layer} to be {factor} times as wide as {other}, "
                f"they have {wide} and {narrow} channels"
            )
        channels.tie(axes[layer], channels.spread(axes[other], factor))


def keep(traced: Trace, patterns: Iterable[str]) -> None:
    """Pins the widths of the layers whose names match.

    Args:
        traced: the network.
        patterns: names, or patterns with `*`; `"stem"` is the first layer with a width where none
            is called so. Layers of nested models are named with them, `backbone/conv1`, or without.

    Raises:
        ConfigError: a pattern that no layer with a width of its own matches.
    """
    found = list(traced.widths())
    for pattern in patterns:
        matching = [(step, axis) for step, axis in found if _is_named(step.call.layer, pattern)]
        if not matching and pattern == STEM:
            matching = found[:1]
        if not matching:
            names = ", ".join(dict.fromkeys(step.call.layer for step, _ in found))
            raise ConfigError(f"keep: no layer with a width matches {pattern!r}; there are {names}")
        for _, axis in matching:
            channels.pin(axis, "kept as asked")


def _is_named(layer: str, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for name in (layer, layer.rpartition("/")[2]))


def assign(traced: Trace, scheme: str, divisor: int = 1) -> Slots:
    """Returns the slots of a network.

    Args:
        traced: the network, what shall stay pinned.
        scheme: one of `SCHEMES`.
        divisor: every free width is a multiple of it.
    """
    multiples, times = _multiples(traced, divisor)
    made = _in_order(traced, times)
    free = [each for each in made if each.group.reason is None]
    expressions: dict[Group, Width] = {}
    slot_of: dict[Group, str] = {}
    own, gates = _without_gates(free)
    names, base = (_stages if scheme == "stage" else _layers)(own, multiples, expressions, slot_of)
    for each, reference in gates:
        if reference not in expressions:
            each.group.reason = "squeezed from a width that is fixed"
            continue
        expressions[each.group] = widths.scaled(
            expressions[reference], each.group.size, reference.size, multiples[each.group]
        )
        slot_of[each.group] = slot_of[reference]

    def width(axis: Axis) -> Width:
        axis = channels.root(axis)
        match axis:
            case Group():
                return expressions.get(axis, axis.size)
            case Joined(parts):
                return widths.total(tuple(map(width, parts)))
            case Repeated(of, times) | Spread(of, times):
                return widths.ratio(width(of), times)
            case _:
                return axis

    gated = {each.group for each, _ in gates}
    groups = tuple(
        _described(each, slot_of, widths.ratio(width(each.group), each.times), gated)
        for each in made
    )
    return Slots(tuple(names), tuple(base), groups, width)


def _described(
    made: _Made, slot_of: Mapping[Group, str], width: Width, gated: set[Group]
) -> ChannelGroup:
    group, slot = made.group, slot_of.get(made.group)
    reason = group.reason or ""
    if slot is not None:
        reason = f"squeezed, in the ratio of {slot}" if group in gated else f"free, with {slot}"
    return ChannelGroup(
        made.layers[0], made.layers, made.width, made.group.size * made.units, slot, width, reason
    )


def _in_order(traced: Trace, times: Mapping[Group, int]) -> list[_Made]:
    made = [
        _Made(group, tuple(sorted(steps, key=lambda step: step.depth)), times[group])
        for group, steps in tracing.made_by(traced).items()
    ]
    # `sorted` keeps the order of execution among those of equal depth.
    return sorted(made, key=lambda each: each.first.depth)


def _multiples(traced: Trace, divisor: int) -> tuple[dict[Group, int], dict[Group, int]]:
    """Returns what every group must be a multiple of, and how often it stands in a width."""
    multiples: dict[Group, int] = {}
    times: dict[Group, int] = {}

    def visit(axis: Axis, wanted: int, copies: int) -> None:
        axis = channels.root(axis)
        match axis:
            case Group():
                multiples[axis] = math.lcm(multiples.get(axis, 1), wanted)
                times.setdefault(axis, copies)
            case Joined(parts):
                for part in parts:
                    visit(part, wanted, copies)
            case Repeated(of, count) | Spread(of, count):
                visit(of, wanted // math.gcd(wanted, count), copies * count)

    for _, axis in traced.widths():
        visit(axis, divisor, 1)
    return multiples, times


def _without_gates(free: Sequence[_Made]) -> tuple[list[_Made], list[tuple[_Made, Group]]]:
    """Returns groups with a width of their own, and those squeezed from others, with these."""
    own, gates = [], []
    for each in free:
        gated = each.first.gated
        reference = None
        if gated is not None and all(step.gated is not None for step in each.steps):
            candidates = [group for axis in gated.axes for group in channels.groups(axis)]
            free_ones = [group for group in candidates if group.reason is None]
            reference = next(iter(free_ones or candidates), None)
        if reference is None or reference is each.group:
            own.append(each)
        else:
            gates.append((each, reference))
    return own, gates


def _layers(
    own: Sequence[_Made],
    multiples: Mapping[Group, int],
    expressions: dict[Group, Width],
    slot_of: dict[Group, str],
) -> tuple[list[str], list[int]]:
    names, base = [], []
    for index, each in enumerate(own):
        expressions[each.group] = widths.scaled(
            widths.slot(index), 1, each.units, multiples[each.group]
        )
        slot_of[each.group] = each.layers[0]
        names.append(each.layers[0])
        base.append(each.group.size * each.units)
    return _distinct(names, own, slot_of), base


def _distinct(names: list[str], own: Sequence[_Made], slot_of: dict[Group, str]) -> list[str]:
    """Returns names that differ; a separable layer or one of two groups may give several."""
    seen: dict[str, int] = {}
    distinct = []
    for name, each in zip(names, own, strict=True):
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
        slot_of[each.group] = distinct[-1]
    return distinct


def _stages(
    own: Sequence[_Made],
    multiples: Mapping[Group, int],
    expressions: dict[Group, Width],
    slot_of: dict[Group, str],
) -> tuple[list[str], list[int]]:
    stages: dict[Scale, list[_Made]] = {}
    for each in own:
        stages.setdefault(each.first.said.scale, []).append(each)
    names, base = [], []
    for index, (scale, members) in enumerate(stages.items()):
        largest = max(each.group.size * each.units for each in members)
        names.append(_stage_name(scale))
        base.append(largest)
        for each in members:
            expressions[each.group] = widths.scaled(
                widths.slot(index), each.group.size, largest, multiples[each.group]
            )
            slot_of[each.group] = names[-1]
    return names, base


def _stage_name(scale: Scale) -> str:
    if not scale.strides:
        return "vectors" if scale.turn < 2 else f"vectors {scale.turn}"
    strides = [str(stride) for stride in scale.strides]
    name = f"stride {strides[0] if len(set(strides)) == 1 else 'x'.join(strides)}"
    if scale.turn == 0:
        return name
    turns = "" if scale.turn < 3 else f" {scale.turn // 2 + scale.turn % 2}"
    return f"{name} {'up' if scale.turn % 2 else 'down'}{turns}"
