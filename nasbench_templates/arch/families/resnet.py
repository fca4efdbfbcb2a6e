"""Residual networks with bottlenecks (He et al., arXiv:1512.03385).

As templated in "The Myth of the Pyramid" (template specification, section 3): every block of a
stage outputs four times the *first* width of the stage's first block; the shortcut is a projection
in the first block of each stage and the identity elsewhere; the stride stands in the 3x3.
"""

from nasbench_templates.arch import blocks, layers, widths
from nasbench_templates.arch.architecture import (
    Architecture,
    ImageShape,
    architecture,
    check_choice,
    is_large_input,
)
from nasbench_templates.arch.graph import GraphBuilder

# (planes, blocks, stride) of each stage (arXiv:1512.03385, table 1).
TABLES = {
    "resnet50": ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)),
    "resnet101": ((64, 3, 1), (128, 4, 2), (256, 23, 2), (512, 3, 2)),
}
STEM_FILTERS = 64
EXPANSION = 4


def _register(name: str, stages: tuple[tuple[int, int, int], ...]) -> None:
    count = sum(num_blocks for _, num_blocks, _ in stages)

    @architecture(
        name,
        f"ResNet-{name[6:]}, one slot for the first 1x1 and the 3x3 of each of the {count} blocks "
        "(--slots=inner) or one for each of the 4 stages (--slots=stage)",
        slots_for_redistribution="stage",
    )
    def build(
        input_shape: ImageShape, num_classes: int, *, slots: str = "inner", stem: str = "auto"
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
        graph, node, widths.slot(0) if by_stage else STEM_FILTERS, is_large_input(input_shape, stem)
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
                project=block == 0,
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
    project: bool,
) -> int:
    reduced, middle, output = filters
    branch = blocks.conv_bn_relu(graph, f"{name}_reduce", node, reduced, 1)
    branch = blocks.conv_bn_relu(graph, f"{name}_conv", branch, middle, 3, stride=stride)
    branch = blocks.conv_bn(graph, f"{name}_expand", branch, output, 1)
    if project:
        node = blocks.conv_bn(graph, f"{name}_shortcut", node, output, 1, stride=stride)
    node = graph.add(f"{name}_add", layers.Add(), branch, node)
    return graph.add(f"{name}_relu", layers.Relu(), node)


for _name, _stages in TABLES.items():
    _register(_name, _stages)
