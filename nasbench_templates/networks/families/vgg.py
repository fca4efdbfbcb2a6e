"""VGG networks with batch norm (Simonyan and Zisserman, arXiv:1409.1556).

Convolutions as in docs/templates.md, section 3: 3x3, no bias, batch norm, ReLU, and a 2x2
maximum after each group.
"""

from typing import Annotated, Literal

from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.networks import blocks
from nasbench_templates.networks.architecture import (
    Architecture,
    ImageShape,
    architecture,
    check_choice,
)
from nasbench_templates.networks.options import Option, Stem

# Filters of each group of convolutions (arXiv:1409.1556, table 1, columns A, B, D and E).
TABLES = {
    "vgg11": ((64,), (128,), (256,) * 2, (512,) * 2, (512,) * 2),
    "vgg13": ((64,) * 2, (128,) * 2, (256,) * 2, (512,) * 2, (512,) * 2),
    "vgg16": ((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3),
    "vgg19": ((64,) * 2, (128,) * 2, (256,) * 4, (512,) * 4, (512,) * 4),
}

# Five halvings need at least this side; smaller images are padded with zeros.
SMALLEST_SIDE = 32
# From this side on the original three dense layers stand, after a map of 7x7 where the side is 224.
LARGE_SIDE = 224
LARGE_MAP = 7
HIDDEN_UNITS = 4096


Head = Annotated[
    Literal["auto", "average", "flatten", "three_dense"],
    Option(
        "what follows the last map: its average and one dense layer, one dense layer on all of it, "
        "or the original three (default: auto, as the stem says)",
        has_flag=True,
    ),
]


def _register(name: str, groups: tuple[tuple[int, ...], ...]) -> None:
    count = sum(map(len, groups))

    @architecture(
        name, f"VGG-{name[3:]} with batch norm, one slot for each of the {count} convolutions"
    )
    def build(
        input_shape: ImageShape, num_classes: int, *, stem: Stem = "auto", head: Head = "auto"
    ) -> Architecture:
        """Returns the network.

        Args:
            input_shape: `(height, width, channels)`.
            num_classes: outputs.
            stem: what `head="auto"` means: `"cifar"` (`"average"`), `"imagenet"` (`"three_dense"`),
                or `"auto"`: three dense layers from 224 on.
            head: `"average"` (global average and one dense layer), `"flatten"` (one dense layer on
                the whole last map, 7x7 at 224x224, as the drafts' Tiny-ImageNet counts imply),
                `"three_dense"` (the original), or `"auto"`: as `stem` says.
        """
        chosen = _chosen_head(input_shape, stem, head)
        return _vgg(name, groups, input_shape, num_classes, chosen)


def _vgg(
    name: str,
    groups: tuple[tuple[int, ...], ...],
    input_shape: ImageShape,
    num_classes: int,
    head: str,
) -> Architecture:
    base = tuple(filters for group in groups for filters in group)
    graph = GraphBuilder([f"conv{index + 1}" for index in range(len(base))])
    height, width, _ = input_shape
    node = graph.add("image", layers.Input(*input_shape))
    if min(height, width) < SMALLEST_SIDE:
        padded = layers.ZeroPad(max(height, SMALLEST_SIDE), max(width, SMALLEST_SIDE))
        node = graph.add("pad", padded, node)
    slot = 0
    for index, group in enumerate(groups):
        for _ in group:
            node = blocks.conv_bn_relu(graph, f"conv{slot + 1}", node, widths.slot(slot), 3)
            slot += 1
        node = graph.add(f"pool{index + 1}", layers.MaxPool(2, 2, "valid"), node)
    HEADS[head](graph, node, num_classes)
    return Architecture(name, input_shape, num_classes, base, graph.build())


def _chosen_head(input_shape: ImageShape, stem: str, head: str) -> str:
    check_choice("stem", stem, "auto", "cifar", "imagenet")
    if check_choice("head", head, "auto", *HEADS) != "auto":
        return head
    is_large = stem == "imagenet" or (stem == "auto" and min(input_shape[:2]) >= LARGE_SIDE)
    return "three_dense" if is_large else "average"


def _average(graph: GraphBuilder, node: int, num_classes: int) -> None:
    blocks.classifier_head(graph, node, num_classes, is_average_counted=False)


def _flatten(graph: GraphBuilder, node: int, num_classes: int) -> None:
    node = graph.add("flat", layers.Flatten(), node)
    graph.add("logits", layers.Dense(num_classes), node)


def _three_dense(graph: GraphBuilder, node: int, num_classes: int) -> None:
    # The published code averages to 7x7 before the dense layers, also where the map is 7x7 already:
    # its operation count at 224x224 contains that step (docs/templates.md, section 2).
    window = max(1, min(graph.shape(node).sides) // LARGE_MAP)
    node = graph.add("average", layers.AveragePool(window, window, "valid"), node)
    node = graph.add("flat", layers.Flatten(), node)
    for index in (1, 2):
        node = graph.add(f"dense{index}", layers.Dense(HIDDEN_UNITS, "he_normal"), node)
        node = graph.add(f"dense{index}_relu", layers.Relu(), node)
    graph.add("logits", layers.Dense(num_classes), node)


HEADS = {"average": _average, "flatten": _flatten, "three_dense": _three_dense}

for _name, _groups in TABLES.items():
    _register(_name, _groups)
