"""Rules of layers that go through a sequence, and of those that attend to one."""

import math

from nasbench_templates.keras_io.importing import channels, nested
from nasbench_templates.keras_io.importing.channels import Axis
from nasbench_templates.keras_io.importing.rule_book import rule
from nasbench_templates.keras_io.importing.site import Site

# Kernels of one step beside each other in one array: of the state, and of the gates.
_GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
_CONVOLUTIONAL_GATES = 4


@rule("LSTM", "GRU", "SimpleRNN")
def recurrent(site: Site) -> None:
    """Values of both kernels at every step."""
    gates = next(_GATES[kind.__name__] for kind in type(site.operation).__mro__
                 if kind.__name__ in _GATES)  # fmt: skip
    units = site.width("units")
    wide = channels.repeated(units, gates)
    steps = channels.size(site.axes[0])
    site.weight(site.channels, wide, uses=steps)
    site.weight(units, wide, uses=steps)
    if site.config["use_bias"]:
        site.weight(*((2, wide) if site.config.get("reset_after") else (wide,)))
    _returns_sequence(site, units)


@rule("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
def convolutional_recurrent(site: Site) -> None:
    """Values of both kernels at every step and every position of the output."""
    filters, kernel = site.width("filters"), site.config["kernel_size"]
    wide = channels.repeated(filters, _CONVOLUTIONAL_GATES)
    sides = site.sides[1:] if site.config["return_sequences"] else site.sides
    uses = channels.size(site.axes[0]) * math.prod(sides)
    site.weight(*kernel, site.channels, wide, uses=uses)
    site.weight(*kernel, filters, wide, uses=uses)
    if site.config["use_bias"]:
        site.weight(wide)
    site.moves(*site.config["strides"])
    site.is_counted = True
    _return_with_states(site, filters)


def _returns_sequence(site: Site, units: Axis) -> None:
    site.is_counted = True
    if not site.config["return_sequences"]:
        site.collapses()
    _return_with_states(site, units)


def _return_with_states(site: Site, units: Axis) -> None:
    for first in site.inputs[1:]:
        site.tie(units, first.axes[-1])  # a first state
    for shape in site.shapes:
        site.returns(*shape[:-1], units)


@rule("Bidirectional")
def bidirectional(site: Site) -> None:
    """Two layers of one width, one of them backwards."""
    if len(site.inputs) > 1 or len(site.shapes) > 1:
        return  # with states
    shape = site.shapes[0]
    is_joined = site.config["merge_mode"] == "concat"
    each = (*shape[:-1], shape[-1] // 2) if is_joined else shape
    layer = site.operation
    forward = nested.inside(site, "layer", layer.forward_layer, site.axes, each)
    backward = nested.inside(site, "backward_layer", layer.backward_layer, site.axes, each)
    if forward is None or backward is None:
        return
    for way in (forward, backward):
        nested.take_over(site, way)
    first, second = forward.outputs[0][-1], backward.outputs[0][-1]
    site.tie(first, second)
    site.scale = forward.scale
    last = channels.joined([first, second]) if is_joined else first
    site.returns(*shape[:-1], last)


@rule("Attention", "AdditiveAttention")
def attention(site: Site) -> None:
    """Products of tensors with each other; a learned scale adds no product with weights."""
    query, value, *others = site.inputs
    key = others[0] if others else value
    site.tie(query.axes[-1], key.axes[-1])
    if type(site.operation).__name__ == "AdditiveAttention":
        if site.config["use_scale"]:
            site.weight(query.axes[-1])
    elif site.config["use_scale"]:
        site.weight()
    site.returns(*site.sides, value.axes[-1])


@rule("MultiHeadAttention", "GroupedQueryAttention")
def multi_head_attention(site: Site) -> None:
    """Values of its projections, each at every place of what it reads; all widths stay."""
    site.pin_inputs(reason="read by an attention layer, whose heads have fixed widths")
    query, value, *others = (
        math.prod(channels.size(axis) for axis in tensor.axes[:-1]) for tensor in site.inputs
    )
    uses = {"key": others[0] if others else value, "value": value}
    for weight in site.operation.weights:
        _, part, kind = weight.path.rsplit("/", 2)
        is_kernel = kind == "kernel"
        site.weight(*weight.shape, uses=uses.get(part, query) if is_kernel else 0)
    site.is_counted = True
    for shape in site.shapes:
        site.returns(*shape)
