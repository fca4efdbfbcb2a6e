"""Residual networks (He et al., arXiv:1512.03385): bottlenecks, and basic blocks of two 3x3.

Bottlenecks as templated in "The Myth of the Pyramid" (docs/templates.md, section 3): every
block of a stage outputs four times the *first* width of the stage's first block; the shortcut is a
projection in the first block of each stage and the identity elsewhere; the stride is in the 3x3.

Basic blocks: every block of a stage outputs the width of the stage's first slot. The
published networks have the identity in the first stage, whose output is as wide as the stem. Under
a template it rarely is, so there the first stage starts with a projection too, whatever the widths:
shortcuts never depend on them, and counts never fall when a width grows.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder, LayerGraph
from nasbench_templates.networks import blocks
from nasbench_templates.networks.architecture import (
    Architecture,
    ImageShape,
    architecture,
    check_choice,
    is_large_input,
)
from nasbench_templates.networks.options import Option, Stem

# (planes, blocks, stride) of each stage (arXiv:1512.03385, table 1).
BOTTLENECK_TABLES = {
    "resnet50": ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)),
    "resnet101": ((64, 3, 1), (128, 4, 2), (256, 23, 2), (512, 3, 2)),
}
EXPANSION = 4

# The same for basic blocks: table 1 for ImageNet, section 4.2 (6n + 2 layers) for CIFAR.
BASIC_TABLES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "resnet18": ((64, 2, 1), (128, 2, 2), (256, 2, 2), (512, 2, 2)),
    "resnet34": ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)),
    **{f"resnet{6 * n + 2}": ((16, n, 1), (32, n, 2), (64, n, 2)) for n in (3, 5, 7, 9, 18)},
}


Slots = Annotated[
    Literal["inner", "stage"],
    Option("what has a width of its own (default: inner; the redistributions: stage)", True),
]


def _register_bottleneck(name: str, stages: tuple[tuple[int, int, int], ...]) -> None:
    count = sum(num_blocks for _, num_blocks, _ in stages)

    @architecture(
        name,
        f"ResNet-{name[6:]}, one slot for the first 1x1 and the 3x3 of each of the {count} blocks "
        "(--slots=inner) or one for each of the 4 stages (--slots=stage)",
        slots_for_redistribution="stage",
    )
    def build(
        input_shape: ImageShape, num_classes: int, *, slots: Slots = "inner", stem: Stem = "auto"
    ) -> Architecture:
        """Returns the network.

        Args:
            input_shape: `(height, width, channels)`.
            num_classes: outputs.
            slots: `"inner"` (two for each block, the stem stays 64) or `"stage"` (4 slots, the stem
                takes the first one's value, as in the redistribution drafts).
            stem: `"cifar"` (3x3, stride 1), `"imagenet"` (7x7, stride 2, then a 3x3 maximum with
                stride 2), or `"auto"`: by the input's size.
        """
        return _bottleneck_resnet(name, stages, input_shape, num_classes, slots, stem)


def _bottleneck_resnet(
    name: str,
    stages: tuple[tuple[int, int, int], ...],
    input_shape: ImageShape,
    num_classes: int,
    slots: str,
    stem: str,
) -> Architecture:
    by_stage = check_choice("slots", slots, "inner", "stage") == "stage"
    if by_stage:
        base = tuple(planes for planes, _, _ in stages)
        names = [f"stage{index + 1}" for index in range(len(stages))]
    else:
        base = tuple(planes for planes, blocks_, _ in stages for _ in range(2 * blocks_))
        names = [
            f"stage{index + 1}_block{block + 1}_{which}"
            for index, (_, blocks_, _) in enumerate(stages)
            for block in range(blocks_)
            for which in ("reduce", "conv")
        ]
    graph = GraphBuilder(names)
    node = graph.add("image", layers.Input(*input_shape))
    node = _stem(
        graph, node, widths.slot(0) if by_stage else stages[0][0], is_large_input(input_shape, stem)
    )
    inner = 0
    for index, (_, num_blocks, stride) in enumerate(stages):
        output = widths.ratio(widths.slot(index if by_stage else inner), EXPANSION)
        for block in range(num_blocks):
            first, second = (index, index) if by_stage else (inner, inner + 1)
            node = _bottleneck(
                graph,
                f"stage{index + 1}_block{block + 1}",
                node,
                (widths.slot(first), widths.slot(second), output),
                stride=stride if block == 0 else 1,
            )
            inner += 2
    blocks.classifier_head(graph, node, num_classes)
    return Architecture(name, input_shape, num_classes, base, graph.build())


def _stem(graph: GraphBuilder, node: int, filters: widths.Width, is_large: bool) -> int:
    if not is_large:
        return blocks.conv_bn_relu(graph, "stem", node, filters, 3)
    node = blocks.conv_bn_relu(graph, "stem", node, filters, 7, stride=2)
    return graph.add("stem_pool", layers.MaxPool(3, 2), node)


def _bottleneck(
    graph: GraphBuilder,
    name: str,
    node: int,
    filters: tuple[widths.Width, widths.Width, widths.Width],
    *,
    stride: int,
) -> int:
    reduced, middle, output = filters
    branch = blocks.conv_bn_relu(graph, f"{name}_reduce", node, reduced, 1)
    branch = blocks.conv_bn_relu(graph, f"{name}_conv", branch, middle, 3, stride=stride)
    branch = blocks.conv_bn(graph, f"{name}_expand", branch, output, 1)
    return _residual_sum(graph, name, node, branch, stride)


def _register_basic(name: str, stages: tuple[tuple[int, int, int], ...]) -> None:
    count = sum(num_blocks for _, num_blocks, _ in stages)

    @architecture(name, f"ResNet-{name[6:]}, one slot for the first 3x3 of each of {count} blocks")
    def build(input_shape: ImageShape, num_classes: int, *, stem: Stem = "auto") -> Architecture:
        """Returns the network; the stem stays as wide as the published first stage.

        Args:
            input_shape: `(height, width, channels)`.
            num_classes: outputs.
            stem: `"cifar"` (3x3, stride 1), `"imagenet"` (7x7, stride 2, then a 3x3 maximum with
                stride 2), or `"auto"`: by the input's size.
        """
        is_large = is_large_input(input_shape, stem)
        base = tuple(planes for planes, num_blocks, _ in stages for _ in range(num_blocks))
        slots = tuple(widths.slot(index) for index in range(len(base)))
        templated, published = (
            _basic_graph(stages, filters, input_shape, num_classes, is_large)
            for filters in (slots, base)
        )
        return Architecture(name, input_shape, num_classes, base, templated, published)


def _basic_graph(
    stages: tuple[tuple[int, int, int], ...],
    filters: Sequence[widths.Width],
    input_shape: ImageShape,
    num_classes: int,
    is_large: bool,
) -> LayerGraph:
    names = [
        f"stage{index}_block{block + 1}"
        for index, (_, num_blocks, _) in enumerate(stages, 1)
        for block in range(num_blocks)
    ]
    graph = GraphBuilder(names)
    node = graph.add("image", layers.Input(*input_shape))
    node = _stem(graph, node, stages[0][0], is_large)
    inner = iter(zip(names, filters, strict=True))
    first = 0
    for _, num_blocks, stride in stages:
        output = filters[first]
        for block in range(num_blocks):
            node = _basic_block(graph, node, *next(inner), output, 1 if block else stride)
        first += num_blocks
    blocks.classifier_head(graph, node, num_classes)
    return graph.build()


def _basic_block(
    graph: GraphBuilder,
    node: int,
    name: str,
    inner: widths.Width,
    output: widths.Width,
    stride: int,
) -> int:
    branch = blocks.conv_bn_relu(graph, f"{name}_conv1", node, inner, 3, stride=stride)
    branch = blocks.conv_bn(graph, f"{name}_conv2", branch, output, 3)
    return _residual_sum(graph, name, node, branch, stride)


def _residual_sum(graph: GraphBuilder, name: str, node: int, branch: int, stride: int) -> int:
    output = graph.shape(branch).channels
    # Compared as expressions: a slot is never the stem's number, whatever value it will have.
    if stride > 1 or graph.shape(node).channels != output:
        node = blocks.conv_bn(graph, f"{name}_shortcut", node, output, 1, stride=stride)
    node = graph.end_block(graph.add(f"{name}_add", layers.Add(), branch, node))
    return graph.add(f"{name}_relu", layers.Relu(), node)


for _name, _stages in BOTTLENECK_TABLES.items():
    _register_bottleneck(_name, _stages)
for _name, _basic_stages in BASIC_TABLES.items():
    _register_basic(_name, _basic_stages)
