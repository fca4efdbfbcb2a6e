"""GoogLeNet (Szegedy et al., arXiv:1409.4842) as the redistribution drafts used it.

Each module joins four branches: 1x1; 1x1 then 3x3; 1x1 then two 3x3 in place of the 5x5; a 3x3
maximum then 1x1. Every convolution has a bias, a batch norm and a ReLU. The published module has
six widths of its own. A templated module has one slot, which all its convolutions take, so that it
outputs four times as much; the last convolution of the stem takes the first module's.

Source: docs/templates.md, section 7.
"""

from collections.abc import Collection
from dataclasses import astuple, dataclass

from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder, LayerGraph
from nasbench_templates.networks import blocks
from nasbench_templates.networks.architecture import (
    Architecture,
    ImageShape,
    architecture,
    is_large_input,
)
from nasbench_templates.networks.options import Stem


@dataclass(frozen=True, slots=True)
class Module:
    """Widths of one module's convolutions.

    Attributes:
        one: the 1x1 branch.
        reduce_three: the 1x1 before the 3x3.
        three: the 3x3.
        reduce_five: the 1x1 before the two 3x3 that replace the 5x5.
        five: both of them.
        pooled: the 1x1 after the maximum.
    """

    one: widths.Width
    reduce_three: widths.Width
    three: widths.Width
    reduce_five: widths.Width
    five: widths.Width
    pooled: widths.Width


# arXiv:1409.4842, table 1.
MODULES = {
    "3a": Module(64, 96, 128, 16, 32, 32),
    "3b": Module(128, 128, 192, 32, 96, 64),
    "4a": Module(192, 96, 208, 16, 48, 64),
    "4b": Module(160, 112, 224, 24, 64, 64),
    "4c": Module(128, 128, 256, 24, 64, 64),
    "4d": Module(112, 144, 288, 32, 64, 64),
    "4e": Module(256, 160, 320, 32, 128, 128),
    "5a": Module(256, 160, 320, 32, 128, 128),
    "5b": Module(384, 192, 384, 48, 128, 128),
}
AFTER_POOL = ("4a", "5a")
STEM_FILTERS = 192
# Of the first two convolutions on large images, which no slot changes.
EARLY_FILTERS = 64
STYLE = blocks.ConvStyle(use_bias=True)


@architecture(
    "inception",
    "GoogLeNet, one slot for all convolutions of each of the 9 modules, the stem like 3a",
    also_called="googlenet",
)
def inception(input_shape: ImageShape, num_classes: int, *, stem: Stem = "auto") -> Architecture:
    """Returns GoogLeNet; a module's base width is the mean of its six, rounded down.

    Args:
        input_shape: `(height, width, channels)`.
        num_classes: outputs.
        stem: `"cifar"` (one 3x3, stride 1), `"imagenet"` (the original 7x7 with stride 2, maximum,
            1x1, 3x3, maximum, of which only the 3x3 follows the first module), or `"auto"`: by the
            input's size.
    """
    is_large = is_large_input(input_shape, stem)
    base = tuple(sum(astuple(module)) // 6 for module in MODULES.values())
    slots = [widths.slot(index) for index in range(len(base))]
    templated, published = (
        _graph(input_shape, num_classes, stem_filters, modules, is_large)
        for stem_filters, modules in (
            (slots[0], [Module(*(slot,) * 6) for slot in slots]),
            (STEM_FILTERS, MODULES.values()),
        )
    )
    return Architecture("inception", input_shape, num_classes, base, templated, published)


def _graph(
    input_shape: ImageShape,
    num_classes: int,
    stem_filters: widths.Width,
    modules: Collection[Module],
    is_large: bool,
) -> LayerGraph:
    graph = GraphBuilder([f"module_{name}" for name in MODULES])
    node = graph.add("image", layers.Input(*input_shape))
    node = _stem(graph, node, stem_filters, is_large)
    for name, module in zip(MODULES, modules, strict=True):
        if name in AFTER_POOL:
            node = graph.add(f"pool_{name}", layers.MaxPool(3, 2), node)
        node = _module(graph, f"module_{name}", node, module)
    blocks.classifier_head(graph, node, num_classes)
    return graph.build()


def _stem(graph: GraphBuilder, node: int, filters: widths.Width, is_large: bool) -> int:
    if not is_large:
        return _conv(graph, "stem", node, filters, 3)
    node = _conv(graph, "stem1", node, EARLY_FILTERS, 7, stride=2)
    node = graph.add("stem1_pool", layers.MaxPool(3, 2), node)
    node = _conv(graph, "stem2", node, EARLY_FILTERS, 1)
    node = _conv(graph, "stem3", node, filters, 3)
    return graph.add("stem3_pool", layers.MaxPool(3, 2), node)


def _module(graph: GraphBuilder, name: str, source: int, module: Module) -> int:
    one = _conv(graph, f"{name}_one", source, module.one, 1)
    three = _conv(graph, f"{name}_three_reduce", source, module.reduce_three, 1)
    three = _conv(graph, f"{name}_three", three, module.three, 3)
    five = _conv(graph, f"{name}_five_reduce", source, module.reduce_five, 1)
    five = _conv(graph, f"{name}_five1", five, module.five, 3)
    five = _conv(graph, f"{name}_five2", five, module.five, 3)
    pooled = graph.add(f"{name}_pool", layers.MaxPool(3, 1), source)
    pooled = _conv(graph, f"{name}_pool_project", pooled, module.pooled, 1)
    return graph.add(f"{name}_concat", layers.Concat(), one, three, five, pooled)


def _conv(
    graph: GraphBuilder,
    name: str,
    source: int,
    filters: widths.Width,
    kernel: int,
    stride: int = 1,
) -> int:
    return blocks.conv_bn_relu(graph, name, source, filters, kernel, stride=stride, style=STYLE)
