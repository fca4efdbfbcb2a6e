"""The rules applied to every call of a model: what is tied, what is pinned, and where it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import keras

from nasbench_templates.keras_io.importing import channels, rule_book
from nasbench_templates.keras_io.importing.channels import Axis, Group
from nasbench_templates.keras_io.importing.reading import Call, Result
from nasbench_templates.keras_io.importing.site import Scale, Site, Tensor


@dataclass(slots=True)
class Step:
    """One call with what its rule said.

    Attributes:
        call: what was read.
        site: what the rule said; `None` of inputs and models, which do nothing themselves.
        outputs: symbolic results.
        depth: calls on the longest path up to here.
        gated: the map that this vector multiplies, if it does.
    """

    call: Call
    site: Site | None
    outputs: tuple[Tensor, ...]
    depth: int
    gated: Tensor | None = None

    @property
    def said(self) -> Site:
        """The site of a call that does something itself.

        Raises:
            TypeError: it is an input or a model.
        """
        if self.site is None:
            raise TypeError(
                f"{self.call.layer}: expected a layer's call, received one without rule"
            )
        return self.site


@dataclass(slots=True)
class Trace:
    """A model's calls, traced.

    Attributes:
        steps: in order of execution.
        notes: what had to be left as it is, one line each.
    """

    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def tensor(self, result: Result) -> Tensor:
        """Returns the symbolic result."""
        return self.steps[result.call].outputs[result.index]

    def widths(self) -> Iterator[tuple[Step, Axis]]:
        """Yields every entry of a configuration that creates channels, with its call."""
        for step in self.steps:
            if step.site is not None:
                for axis in step.site.created:
                    yield step, axis


def trace(calls: Sequence[Call]) -> Trace:
    """Returns the calls of a model with their rules applied; its outputs are pinned.

    Args:
        calls: from `reading.read`.
    """
    traced = Trace()
    for place, call in enumerate(calls):
        traced.steps.append(_step(traced, place, call))
    outermost = traced.steps[-1]
    for tensor in outermost.outputs:
        for axis in tensor.axes:
            channels.pin(axis, "an output of the model")
    _find_gates(traced)
    return traced


def _step(traced: Trace, place: int, call: Call) -> Step:
    inputs = [traced.tensor(each) for each in call.inputs]
    depth = max((traced.steps[each.call].depth for each in call.inputs), default=0)
    if call.is_entrance:
        return Step(call, None, (inputs[0] if inputs else _image(call),), depth)
    if call.structures is not None:
        return Step(call, None, tuple(inputs[: len(call.outputs)]), depth)
    site = _described(traced, place, call, inputs)
    if call.owner is not None:
        _tie_to_first(site, traced.steps[call.owner].said)
    outputs = tuple(Tensor(axes, site.scale) for axes in site.outputs)
    for tensor in outputs:
        if sum(map(channels.is_free, tensor.axes)) > 1:
            # Counts are products of one width a tensor.
            for axis in tensor.axes:
                channels.pin(axis, "two axes of one tensor would change")
    return Step(call, site, outputs, depth + 1)


def _image(call: Call) -> Tensor:
    (shape,) = call.shapes
    sides = (Fraction(1),) * (len(shape) - 1)
    return Tensor(shape, Scale(0, sides))


def _described(traced: Trace, place: int, call: Call, inputs: Sequence[Tensor]) -> Site:
    rule = rule_book.find(call.operation)
    if rule is None:
        traced.notes.append(f"{call.layer}: no rule for {type(call.operation).__name__}")
        return _unknown(call, place, inputs, "no rule for")
    site = Site(call, place, inputs)
    rule(site)
    problem = _problem(site)
    if problem is None:
        _pin_sides(site, call.layer)
        return site
    traced.notes.append(f"{call.layer}: the rule for {type(call.operation).__name__} {problem}")
    for _, axis in site.resized:
        channels.pin(axis, "its layer is not understood")
    return _unknown(call, place, inputs, "the rule does not fit this use of")


def _pin_sides(site: Site, layer: str) -> None:
    """Pins channels that stand as a side where a rule read their number, as positions or steps."""
    kept = [*site.outputs, *(weight.axes for weight in site.weights)]
    groups = [group for axes in kept for axis in axes for group in channels.groups(axis)]
    for tensor in site.inputs:
        for axis in tensor.axes[:-1]:
            if not any(group in groups for group in channels.groups(axis)):
                channels.pin(axis, f"counted as positions ({layer})")


def _problem(site: Site) -> str | None:
    """Returns what a rule said that the layer itself contradicts."""
    shapes = tuple(tuple(map(channels.size, axes)) for axes in site.outputs)
    if shapes != site.shapes:
        return f"says that it returns {shapes}, it returns {site.shapes}"
    said = [tuple(map(channels.size, weight.axes)) for weight in site.weights]
    found = [tuple(weight.shape) for weight in _weights(site.operation)]
    return None if said == found else f"says that its weights are {said}, they are {found}"


def _weights(operation: keras.Operation) -> list[keras.Variable]:
    return operation.weights if isinstance(operation, keras.layers.Layer) else []


def _unknown(call: Call, place: int, inputs: Sequence[Tensor], why: str) -> Site:
    """Returns what is known of any layer: its weights and its output, which cannot change."""
    site = Site(call, place, inputs)
    site.is_understood = False
    site.pin_inputs(f"{why} {type(call.operation).__name__} ({call.layer})")
    for weight in _weights(call.operation):
        site.weight(*weight.shape, is_trainable=weight.trainable)
    for shape in site.shapes:
        site.returns(*shape)
    if not any(len(shape) > 1 for shape in site.shapes):
        site.collapses()
    return site


def _tie_to_first(site: Site, first: Site) -> None:
    """Makes a shared layer's widths those of its first call."""
    pairs = [*zip(site.inputs, first.inputs, strict=True)]
    axes = [(a.axes[-1], b.axes[-1]) for a, b in pairs if a.axes and b.axes]
    axes += [(a, b) for (_, a), (_, b) in zip(site.resized, first.resized, strict=True)]
    if first.weights or first.resized:
        for left, right in axes:
            channels.tie(right, left)


def _find_gates(traced: Trace) -> None:
    """Finds the vectors that multiply maps: squeezed widths follow the width of the map."""
    for step in traced.steps:
        sources = step.call.inputs
        if step.site is None or len(sources) < 2:
            continue
        tensors = [traced.tensor(each) for each in sources]
        maps = [each for each in tensors if each.scale.strides]
        for source, tensor in zip(sources, tensors, strict=True):
            if maps and not tensor.scale.strides:
                _mark_gate(traced, source, maps[0])


def _mark_gate(traced: Trace, result: Result, gated: Tensor) -> None:
    pending = [result.call]
    while pending:
        step = traced.steps[pending.pop()]
        if step.gated is None and not step.outputs[0].scale.strides:
            step.gated = gated
            pending += [each.call for each in step.call.inputs]


def made_by(traced: Trace) -> dict[Group, list[Step]]:
    """Returns for every group of channels the calls whose configuration names its width."""
    made: dict[Group, list[Step]] = {}
    for step, axis in traced.widths():
        for group in channels.groups(axis):
            steps = made.setdefault(group, [])
            if step not in steps:
                steps.append(step)
    return made
