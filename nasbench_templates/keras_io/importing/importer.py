"""A Keras model as an architecture: a layer graph with slots, to which templates apply.

model = keras.applications.ResNet50(weights=None)
imported = import_model(model)
plan(imported.architecture, ["base", "c"], MatchSettings("macs"))
"""

import itertools
import json
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras

from nasbench_templates.graph import widths
from nasbench_templates.graph.imported import Assembly, Entrance, Imported, Part, Path, Values
from nasbench_templates.graph.layer_graph import GraphBuilder, LayerGraph
from nasbench_templates.graph.shapes import Shape
from nasbench_templates.graph.widths import Width
from nasbench_templates.keras_io import class_names
from nasbench_templates.keras_io.importing import channels, ends, reading, slot_schemes, tracing
from nasbench_templates.keras_io.importing.channels import Axis
from nasbench_templates.keras_io.importing.reading import Call
from nasbench_templates.keras_io.importing.slot_schemes import ChannelGroup, Slots
from nasbench_templates.keras_io.importing.tracing import Step, Trace
from nasbench_templates.networks.architecture import Architecture, check_choice
from nasbench_templates.support.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """What of an imported network is free, and how.

    Attributes:
        slots: one of `slot_schemes.SCHEMES`.
        keep: names or patterns of layers whose widths stay.
        ties: `{layer: (other layer, factor)}` for widths that are multiples of others.
        divisor: every free width is a multiple of it.
        returns_logits: whether a softmax or sigmoid at the end is left out and batches may have any
            size, as training here wants.
    """

    slots: str = "stage"
    keep: Iterable[str] = ()
    ties: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    divisor: int = 1
    returns_logits: bool = False

    def __post_init__(self) -> None:
        check_choice("slots", self.slots, *slot_schemes.SCHEMES)
        if isinstance(self.keep, str):
            object.__setattr__(self, "keep", (self.keep,))
        if self.divisor < 1:
            raise ConfigError(f"expected divisor >= 1, received {self.divisor}")


DEFAULTS = ImportSettings()


@dataclass(frozen=True, slots=True)
class ImportedCall:
    """One call of a layer or of a nested model.

    Attributes:
        node: name of its node in the graph.
        layer: what is called, with the models around it: `backbone/conv1`.
        class_name: of the layer.
        output_shape: of the first result, without the batch.
        is_model: whether it is a model within another one; its layers have calls of their own.
    """

    node: str
    layer: str
    class_name: str
    output_shape: tuple[int, ...]
    is_model: bool


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """A Keras model, read.

    Attributes:
        model: itself; it is never changed.
        architecture: the network with slots.
        calls: in order of execution, without inputs and the model itself.
        groups: its groups of channels.
        scheme: how the slots were chosen.
        uncounted: layers without a rule, whose operations no count includes.
        notes: what was left as it is, one line each.
        weight_axes: for every layer with weights the axes of each of its arrays.
        width_of: the expression for an axis.
    """

    model: keras.Model
    architecture: Architecture
    calls: tuple[ImportedCall, ...]
    groups: tuple[ChannelGroup, ...]
    scheme: str
    uncounted: tuple[str, ...]
    notes: tuple[str, ...]
    weight_axes: Mapping[str, tuple[tuple[Axis, ...], ...]]
    width_of: Callable[[Axis], Width]


def import_model(
    model: keras.Model,
    settings: ImportSettings = DEFAULTS,
    input_shapes: Sequence[tuple[int, ...]] | None = None,
) -> ImportedModel:
    """Returns a model as an architecture.

    Args:
        model: functional or Sequential; read, never changed.
        settings: what is free.
        input_shapes: of its inputs without the batch, where it leaves them open.

    Raises:
        SpecError: a model without a graph, of unknown size, or with channels first.
        ConfigError: layers to keep or tie that there are not.
    """
    model = _built(model, input_shapes)
    calls = reading.read(model, input_shapes)
    traced = tracing.trace(calls)
    slot_schemes.apply_ties(traced, settings.ties)
    slot_schemes.keep(traced, settings.keep)
    if settings.returns_logits:
        ends.leave_out_probabilities(calls)
        ends.open_batch(calls)
    scheme, slots = _slots(traced, settings)
    described = [(step.call.layer, step.site) for step in traced.steps if step.site is not None]
    return ImportedModel(
        model,
        _architecture(model.name, traced, scheme, slots, settings.divisor),
        _calls(traced),
        slots.groups,
        scheme,
        tuple(dict.fromkeys(layer for layer, site in described if not site.is_understood)),
        tuple(dict.fromkeys(traced.notes)),
        {
            layer: tuple(weight.axes for weight in site.weights)
            for layer, site in reversed(described)
            if site.weights
        },
        slots.width,
    )


def _architecture(
    name: str, traced: Trace, scheme: str, slots: Slots, divisor: int
) -> Architecture:
    published = None
    if divisor > 1:
        published = _graph(traced, slot_schemes.assign(traced, scheme))
    # Of an image, as of other architectures, or of whatever the model takes.
    shapes: tuple[Any, ...] = tuple(
        each.call.shapes[0] for each in traced.steps if _is_outer_input(each)
    )
    return Architecture(
        name=name,
        input_shape=shapes[0] if len(shapes) == 1 else shapes,
        num_classes=traced.steps[-1].call.outputs[0].shape[-1],
        base_filters=slots.base,
        graph=_graph(traced, slots),
        base_graph=published,
        note_on_slots=None if len(slots.base) > 1 else _FEW_SLOTS,
        n_min=_smallest_width(traced, slots),
    )


def _calls(traced: Trace) -> tuple[ImportedCall, ...]:
    named = zip(_node_names(traced), traced.steps, strict=True)
    return tuple(
        ImportedCall(
            name,
            step.call.layer,
            type(step.call.operation).__name__,
            step.call.shapes[0],
            step.site is None,
        )
        for name, step in named
        if not step.call.is_entrance and not step.call.is_outermost
    )


_FEW_SLOTS = "slots(model) shows which widths are fixed, and why"


def _smallest_width(traced: Trace, slots: Slots) -> int | None:
    """Returns the first slot's width, at most a quarter of the mean of all free layers.

    A wide first slot would leave a template's peak no room within the budget.
    """
    free = [_channels_of_map(axis) for _, axis in traced.widths() if channels.is_free(axis)]
    return max(1, min(slots.base[0], sum(free) // (4 * len(free)))) if slots.base else None


def _channels_of_map(axis: Axis) -> int:
    whole = [group.size for group in channels.groups(axis) if group.is_whole]
    return sum(whole) if whole else channels.size(axis)


def _is_outer_input(step: Step) -> bool:
    return step.call.is_entrance and not step.call.inputs


def _built(model: keras.Model, input_shapes: Sequence[tuple[int, ...]] | None) -> keras.Model:
    """Returns the model, or a copy of a Sequential one that nobody has said the input of."""
    if not isinstance(model, keras.Model):
        raise ConfigError(f"expected a Keras model, received {type(model).__name__}")
    if not isinstance(model, keras.Sequential):
        reading.check_graph(model)
        return model
    if _has_inputs(model):
        return model
    if not input_shapes:
        raise ConfigError(
            f"{model.name}: expected a built model or input_shape=, for example 224,224,3"
        )
    copy = keras.Sequential.from_config(model.get_config())
    copy.build((None, *input_shapes[0]))
    return copy


def _has_inputs(model: keras.Sequential) -> bool:
    try:
        return bool(model.inputs)
    except (AttributeError, ValueError):
        return False


def _slots(traced: Trace, settings: ImportSettings) -> tuple[str, Slots]:
    slots = slot_schemes.assign(traced, settings.slots, settings.divisor)
    if settings.slots == "layer" or len(slots.base) != 1:
        return settings.slots, slots
    layers = slot_schemes.assign(traced, "layer", settings.divisor)
    if len(layers.base) < 2:
        return settings.slots, slots
    warnings.warn(
        "the network has one stage, which any template would leave as it is: slots=layer is used",
        stacklevel=4,
    )
    return "layer", layers


def _node_names(traced: Trace) -> list[str]:
    """Returns the layers' names, those of further calls with their number."""
    own = {step.call.layer for step in traced.steps}
    names: list[str] = []
    for step in traced.steps:
        layer = step.call.layer
        others = (f"{layer}#{number}" for number in itertools.count(2))
        free = (each for each in others if each not in own and each not in names)
        names.append(next(free) if layer in names else layer)
    return names


def _graph(traced: Trace, slots: Slots) -> LayerGraph:
    builder = GraphBuilder(slots.names)
    takes_pixels = ends.takes_pixels(traced)
    node_of: dict[tuple[int, int], int] = {}
    owner_node: dict[int, int] = {}
    for place, (name, step) in enumerate(zip(_node_names(traced), traced.steps, strict=True)):
        call = step.call
        inputs = [node_of[result] for result in call.inputs]
        shapes = [_shape(tensor.axes, slots.width) for tensor in step.outputs]
        primitive = _primitive(step, shapes[0], slots.width, takes_pixels)
        weights_of = None if call.owner is None else owner_node[call.owner]
        node = builder.add(name, primitive, *inputs, weights_of=weights_of)
        owner_node[place] = node
        for index, shape in enumerate(shapes):
            is_only = len(shapes) == 1 or call.is_outermost
            part = node if is_only else builder.add(f"{name}[{index}]", Part(index, shape), node)
            node_of[place, index] = part
    return builder.build()


def _shape(axes: Sequence[Axis], width: Callable[[Axis], Width]) -> Shape:
    evaluated = [width(axis) for axis in axes]
    sides = [side for side in evaluated[:-1] if isinstance(side, int)]
    if len(sides) == len(evaluated[:-1]):
        return Shape.of(sides, evaluated[-1] if evaluated else 1)
    # Channels that stand in another place for a while: sizes count, and only they.
    sides = [side for side in evaluated if isinstance(side, int)]
    free = [side for side in evaluated if not isinstance(side, int)]
    if len(free) > 1:
        return Shape.of((), widths.total(tuple(free)))
    return Shape.of(sides, free[0])


def _primitive(
    step: Step, output: Shape, width: Callable[[Axis], Width], takes_pixels: bool
) -> Imported | Entrance | Part | Assembly:
    call = step.call
    if call.is_entrance:
        config, resized = _entrance(step, width) if call.inputs else (call.config, ())
        is_image = not call.inputs
        return Entrance(_text(config), output, resized, takes_pixels and is_image)
    if call.structures is not None:
        kind = class_names.name_of(type(call.operation))
        outputs, inputs = map(_text, call.structures)
        arguments = None if call.is_outermost else _text(call.arguments)
        return Assembly(kind, _text(call.config), outputs, inputs, arguments, output)
    site = step.said
    resized = tuple((path, width(axis)) for path, axis in site.resized)
    trainable = _trainable(call)
    return Imported(
        operation=class_names.name_of(type(call.operation)),
        config=_text(call.config),
        call=_text(call.arguments),
        output=output,
        resized=tuple((path, each) for path, each in resized if not isinstance(each, int)),
        values=tuple(
            Values(tuple(map(width, weight.axes)), weight.uses, is_trainable)
            for weight, is_trainable in zip(site.weights, trainable, strict=True)
        ),
        per_input=site.per_input,
        per_output=site.per_output,
        is_counted=site.is_counted,
        is_understood=site.is_understood,
        state=_state(call),
    )


def _entrance(
    step: Step, width: Callable[[Axis], Width]
) -> tuple[dict[str, object], tuple[tuple[Path, Width], ...]]:
    """Returns the configuration of an inner model's input, whose channels are the outer one's."""
    batch_shape = step.call.config["batch_shape"]
    resized = []
    for place, axis in enumerate(step.outputs[0].axes, 1):
        found = width(axis)
        if batch_shape[place] is not None and not isinstance(found, int):
            resized.append((("batch_shape", place), found))
    return step.call.config, tuple(resized)


def _state(call: Call) -> str:
    """Returns what a preprocessing layer has adapted to the data: no configuration holds it."""
    if not isinstance(call.operation, keras.layers.Normalization) or call.owner is not None:
        return ""
    arrays = call.operation.get_weights()
    return _text([array.tolist() for array in arrays]) if arrays else ""


def _trainable(call: Call) -> list[bool]:
    return [weight.trainable for weight in getattr(call.operation, "weights", ())]


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
