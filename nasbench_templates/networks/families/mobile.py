"""Networks of depthwise convolutions: MobileNetV1, MobileNetV2, MnasNet-A1 and MnasNet-B1.

Tables as in docs/templates.md, sections 3 and 7, which found the strides for 32x32 images
from the published counts; MnasNet-A1 takes those of B1. Inputs above 64 pixels take the original
strides.

Sources: MobileNets (arXiv:1704.04861, table 1), MobileNetV2 (arXiv:1801.04381, table 2), MnasNet
(arXiv:1807.11626, figure 7; B1 without squeeze-excite).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.networks import blocks
from nasbench_templates.networks.architecture import (
    Architecture,
    ImageShape,
    architecture,
    is_large_input,
)
from nasbench_templates.networks.options import Stem


@dataclass(frozen=True, slots=True)
class Stage:
    """A row of a table of inverted residuals.

    Attributes:
        expand: hidden width over input width; 1 leaves the expansion out.
        filters: base width of the stage's outputs.
        num_blocks: blocks, the first with the stride.
        kernel: side of the depthwise window.
        stride: on small images.
        large_stride: on images above 64 pixels.
        squeeze: whether its blocks weigh their channels by squeeze-excite.
        is_separable: whether it is a plain separable convolution, no inverted block: its layers
            are the same, but summaries of the network count no block.
    """

    expand: int
    filters: int
    num_blocks: int
    kernel: int
    stride: int
    large_stride: int
    squeeze: bool = False
    is_separable: bool = False


MOBILENET_V2 = (
    Stage(1, 16, 1, 3, 1, 1),
    Stage(6, 24, 2, 3, 1, 2),
    Stage(6, 32, 3, 3, 2, 2),
    Stage(6, 64, 4, 3, 1, 2),
    Stage(6, 96, 3, 3, 1, 1),
    Stage(6, 160, 3, 3, 2, 2),
    Stage(6, 320, 1, 3, 1, 1),
)
MNASNET_B1 = (
    Stage(1, 16, 1, 3, 1, 1, is_separable=True),
    Stage(3, 24, 3, 3, 1, 2),
    Stage(3, 40, 3, 5, 2, 2),
    Stage(6, 80, 3, 5, 1, 2),
    Stage(6, 96, 2, 3, 1, 1),
    Stage(6, 192, 4, 5, 2, 2),
    Stage(6, 320, 1, 3, 1, 1),
)
MNASNET_A1 = (
    Stage(1, 16, 1, 3, 1, 1, is_separable=True),
    Stage(6, 24, 2, 3, 1, 2),
    Stage(3, 40, 3, 5, 2, 2, squeeze=True),
    Stage(6, 80, 4, 3, 1, 2),
    Stage(6, 112, 2, 3, 1, 1, squeeze=True),
    Stage(6, 160, 3, 5, 2, 2, squeeze=True),
    Stage(6, 320, 1, 3, 1, 1),
)
STEM_FILTERS = 32
LAST_FILTERS = 1280
RELU6 = 6.0

# (filters, stride on small images, stride above 64 pixels) of each separable block.
MOBILENET_V1 = (
    (64, 1, 1),
    (128, 2, 2),
    (128, 1, 1),
    (256, 2, 2),
    (256, 1, 1),
    (512, 2, 2),
    *((512, 1, 1),) * 5,
    (1024, 2, 2),
    (1024, 1, 1),
)


@architecture("mobilenet_v1", "MobileNetV1, one slot for the stem and each of the first 12 blocks")
def mobilenet_v1(input_shape: ImageShape, num_classes: int, *, stem: Stem = "auto") -> Architecture:
    """Returns MobileNetV1; the last block stays at 1024.

    Args:
        input_shape: `(height, width, channels)`.
        num_classes: outputs.
        stem: `"cifar"` (stride 1), `"imagenet"` (stride 2), or `"auto"`: by the input's size.
    """
    base = (STEM_FILTERS, *(filters for filters, _, _ in MOBILENET_V1[:-1]))
    graph = GraphBuilder(["stem", *(f"block{index}" for index in range(1, len(base)))])
    is_large = is_large_input(input_shape, stem)
    node = graph.add("image", layers.Input(*input_shape))
    node = blocks.conv_bn_relu(graph, "stem", node, widths.slot(0), 3, stride=1 + is_large)
    for index, (filters, small, large) in enumerate(MOBILENET_V1, 1):
        width = widths.slot(index) if index < len(base) else filters
        depthwise = layers.DepthwiseConv(3, large if is_large else small)
        node = blocks.bn_relu(
            graph, f"block{index}_depthwise", graph.add(f"block{index}_dw", depthwise, node)
        )
        node = blocks.conv_bn_relu(graph, f"block{index}", node, width, 1)
    blocks.classifier_head(graph, node, num_classes)
    return Architecture("mobilenet_v1", input_shape, num_classes, base, graph.build())


@architecture("mobilenet_v2", "MobileNetV2, one slot for each of the 7 stages and the last 1x1")
def mobilenet_v2(input_shape: ImageShape, num_classes: int, *, stem: Stem = "auto") -> Architecture:
    """Returns MobileNetV2; the stem stays at 32, with stride 2 also on small images.

    Args:
        input_shape: `(height, width, channels)`.
        num_classes: outputs.
        stem: strides of `"cifar"` or `"imagenet"` size, or `"auto"`: by the input's size.
    """
    graph = GraphBuilder([*(f"stage{index}" for index in range(1, 8)), "last"])
    node = graph.add("image", layers.Input(*input_shape))
    node = blocks.conv_bn_relu(graph, "stem", node, STEM_FILTERS, 3, stride=2, ceiling=RELU6)
    slots = [widths.slot(index) for index in range(8)]
    is_large = is_large_input(input_shape, stem)
    node = _stages(graph, node, MOBILENET_V2, slots[:7], is_large, ceiling=RELU6)
    node = blocks.conv_bn_relu(graph, "last", node, slots[7], 1, ceiling=RELU6)
    blocks.classifier_head(graph, node, num_classes, is_average_counted=False)
    base = (*(stage.filters for stage in MOBILENET_V2), LAST_FILTERS)
    return Architecture("mobilenet_v2", input_shape, num_classes, base, graph.build())


def _register_mnasnet(name: str, description: str, table: Sequence[Stage]) -> None:
    @architecture(name, f"{description}, one slot for the stem, each of the 7 stages, the last 1x1")
    def build(input_shape: ImageShape, num_classes: int, *, stem: Stem = "auto") -> Architecture:
        """Returns the network at width 1.

        Args:
            input_shape: `(height, width, channels)`.
            num_classes: outputs.
            stem: strides of `"cifar"` or `"imagenet"` size, or `"auto"`: by the input's size.
        """
        graph = GraphBuilder(["stem", *(f"stage{index}" for index in range(1, 8)), "last"])
        slots = [widths.slot(index) for index in range(9)]
        is_large = is_large_input(input_shape, stem)
        node = graph.add("image", layers.Input(*input_shape))
        node = blocks.conv_bn_relu(graph, "stem", node, slots[0], 3, stride=1 + is_large)
        node = _stages(graph, node, table, slots[1:8], is_large, ceiling=None)
        node = blocks.conv_bn_relu(graph, "last", node, slots[8], 1)
        blocks.classifier_head(graph, node, num_classes, is_average_counted=False)
        base = (STEM_FILTERS, *(stage.filters for stage in table), LAST_FILTERS)
        return Architecture(name, input_shape, num_classes, base, graph.build())


_register_mnasnet("mnasnet_a1", "MnasNet-A1 with squeeze-excite", MNASNET_A1)
_register_mnasnet("mnasnet_b1", "MnasNet-B1", MNASNET_B1)


def _stages(
    graph: GraphBuilder,
    node: int,
    table: Sequence[Stage],
    slots: Sequence[widths.Width],
    is_large: bool,
    ceiling: float | None,
) -> int:
    for index, (stage, width) in enumerate(zip(table, slots, strict=True), 1):
        for block in range(stage.num_blocks):
            stride = (stage.large_stride if is_large else stage.stride) if block == 0 else 1
            name = f"stage{index}_block{block + 1}"
            output = blocks.inverted_residual(
                graph,
                name,
                node,
                width,
                expand=stage.expand,
                kernel=stage.kernel,
                stride=stride,
                is_squeezed=stage.squeeze,
                ceiling=ceiling,
                is_block=not stage.is_separable,
            )
            # All blocks of a stage share its slot, so every block after the first has a skip.
            node = graph.add(f"{name}_add", layers.Add(), output, node) if block else output
    return node
