"""Networks that learn their filter sizes: one block with one set of weights at several resolutions.

Every layer applies its block to the map at full, half, a quarter ... of the resolution, brings the
results back to full resolution and mixes them. The network without pooling, the one with predefined
pooling and the scale-invariant one, whose shares are fixed, are its baselines.

Facts and readings: docs/filter_sizes.md. What the paper leaves open is decided here: maps are
averaged down by default and repeated up (`graph.mixing`), Eff-Conv has no skip, predefined pooling
halves the map after the first and the second third of the layers (3 and 6 of eight), and a network
of D layers counts the stem and the classifier among them.

Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from nasbench_templates.graph import layers, mixing, widths
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.networks import blocks
from nasbench_templates.networks.architecture import (
    Architecture,
    ImageShape,
    architecture,
    check_choice,
)
from nasbench_templates.networks.options import Option
from nasbench_templates.support.errors import ConfigError, SpecError

NO_POOLING: Final = "no_pooling"
POOLING: Final = "pooling"
SCALE_INVARIANT: Final = "scale_invariant"
LEARNED: Final = "learned"
VARIANTS = (NO_POOLING, POOLING, SCALE_INVARIANT, LEARNED)
SHARED: Final = "shared"
PER_RESOLUTION: Final = "per_resolution"
SUBSAMPLINGS: dict[str, type[layers.Layer]] = {
    "mean": mixing.Downsample,
    "stride": mixing.Subsample,
}
FILTERS = (layers.Conv, layers.DepthwiseConv, layers.Dense)

# The stem and the classifier are layers too, but hold no block.
LAYERS_WITHOUT_BLOCK = 2
NUM_POOLINGS = 2
EXPANSION = 6

TIED_WIDTHS = (
    "learn_depth adds the outputs of all layers, which ties their widths: take base, b or another "
    "template with one width"
)

Block = Callable[[GraphBuilder, str, int, widths.Width], int]


def _conv(graph: GraphBuilder, name: str, source: int, filters: widths.Width) -> int:
    return blocks.conv_relu_bn(graph, name, source, filters, 3)


def _eff_conv(graph: GraphBuilder, name: str, source: int, filters: widths.Width) -> int:
    return blocks.inverted_residual(
        graph, name, source, filters, expand=EXPANSION, kernel=3, is_squeezed=True
    )


BLOCKS: dict[str, Block] = {"conv": _conv, "eff_conv": _eff_conv}


@dataclass(frozen=True, slots=True)
class _Layers:
    """What all layers of one network have in common.

    Attributes:
        add_block: adds a block to a graph.
        num_resolutions: at which it is applied.
        is_learned: whether their shares are learned; fixed and equal otherwise.
        unshared: primitives with weights of their own at each resolution.
        subsampling: primitive that halves a map.
    """

    add_block: Block
    num_resolutions: int
    is_learned: bool
    unshared: tuple[type[layers.Layer], ...]
    subsampling: type[layers.Layer]


Variant = Literal["no_pooling", "pooling", "scale_invariant", "learned"]
BlockName = Literal["conv", "eff_conv"]
Sharing = Literal["shared", "per_resolution"]
Subsampling = Literal["mean", "stride"]


@architecture("multires", "learned filter sizes, one slot for the stem and each layer's block")
def multires(
    input_shape: ImageShape,
    num_classes: int,
    *,
    variant: Annotated[Variant, Option("how resolutions are used")] = LEARNED,
    block: Annotated[BlockName, Option("a 3x3 convolution, or MBConv6")] = "conv",
    depth: Annotated[int, Option("layers with the stem and the classifier")] = 10,
    channels: Annotated[int, Option("base width of every slot")] = 64,
    num_resolutions: Annotated[int, Option("full, half, a quarter ...")] = 4,
    learn_depth: Annotated[bool, Option("whether the classifier mixes all layers")] = False,
    batch_norm: Annotated[Sharing, Option("of blocks used at several resolutions")] = SHARED,
    filters: Annotated[Sharing, Option("of blocks used at several resolutions")] = SHARED,
    subsampling: Annotated[Subsampling, Option("how a map is halved")] = "mean",
) -> Architecture:
    """Returns the network.

    Args:
        input_shape: `(height, width, channels)`.
        num_classes: outputs.
        variant: `"no_pooling"`, `"pooling"` (half the resolution after each third of them),
            `"scale_invariant"` (all resolutions in equal shares) or `"learned"`.
        block: `"conv"` (3x3 convolution, ReLU, batch norm) or `"eff_conv"` (MBConv6 with a 3x3
            depthwise convolution and squeeze-excite).
        depth: layers with the stem and the classifier, at least 3.
        channels: base width of every slot, at least 1.
        num_resolutions: of the last two variants: full, half, a quarter ..., at least 2.
        learn_depth: whether the classifier reads a learned mixture of all layers' outputs; all
            widths are one slot then. Only of the variant `"learned"`.
        batch_norm: `"shared"` by all resolutions, as the paper reads literally, or
            `"per_resolution"`.
        filters: `"shared"` by all resolutions, or `"per_resolution"`, which the paper advises
            against: sharing keeps the maps that are mixed alike.
        subsampling: how a map is halved: `"mean"` of 2x2, or `"stride"`, the first of them.

    Raises:
        ConfigError: an option outside its range.
        SpecError: images too small for so many resolutions.
    """
    check_choice("variant", variant, *VARIANTS)
    check_choice("block", block, *BLOCKS)
    for name, value in (("batch_norm", batch_norm), ("filters", filters)):
        check_choice(name, value, SHARED, PER_RESOLUTION)
    check_choice("subsampling", subsampling, *SUBSAMPLINGS)
    _check_at_least("depth", depth, LAYERS_WITHOUT_BLOCK + 1)
    _check_at_least("channels", channels, 1)
    _check_at_least("num_resolutions", num_resolutions, 2)
    if learn_depth and variant != LEARNED:
        raise ConfigError(f"learn_depth: expected variant {LEARNED}, received {variant}")
    is_mixed = variant in (SCALE_INVARIANT, LEARNED)
    common = _Layers(
        add_block=BLOCKS[block],
        num_resolutions=num_resolutions if is_mixed else 1,
        is_learned=variant == LEARNED,
        unshared=(
            *(() if batch_norm == SHARED else (layers.BatchNorm,)),
            *(() if filters == SHARED else FILTERS),
        ),
        subsampling=SUBSAMPLINGS[subsampling],
    )
    num_layers = depth - LAYERS_WITHOUT_BLOCK
    names = ("width",) if learn_depth else ("stem", *(f"layer{i + 1}" for i in range(num_layers)))
    slots = [widths.slot(0 if learn_depth else index) for index in range(1 + num_layers)]
    graph = GraphBuilder(names)
    node = graph.add("image", layers.Input(*input_shape))
    _check_side(input_shape, common.num_resolutions)
    node = blocks.conv_relu_bn(graph, "stem", node, slots[0], 3)
    outputs = []
    for index, width in enumerate(slots[1:], 1):
        node = _layer(graph, f"layer{index}", node, width, common)
        outputs.append(node)
        if variant == POOLING and index in _pooled_layers(num_layers):
            node = graph.add(f"pool{index}", common.subsampling(), node)
    if learn_depth:
        node = graph.add("depth_mix", mixing.Mix(), *outputs)
    blocks.classifier_head(graph, node, num_classes, is_average_counted=False)
    base = (channels,) * len(names)
    note = TIED_WIDTHS if learn_depth else None
    return Architecture(
        "multires", input_shape, num_classes, base, graph.build(), note_on_slots=note
    )


def _layer(
    graph: GraphBuilder, name: str, source: int, width: widths.Width, common: _Layers
) -> int:
    """Adds one layer: its block at every resolution, mixed at the first one."""
    first = len(graph)
    full = common.add_block(graph, f"{name}_r0", source, width)
    block = range(first, len(graph))
    height, columns = graph.shape(full).sides
    mixed, small = [full], source
    for exponent in range(1, common.num_resolutions):
        prefix = f"{name}_r{exponent}"
        small = graph.add(f"{prefix}_down", common.subsampling(), small)
        node = graph.repeat(block, small, _renamed(f"{name}_r0", prefix), common.unshared)
        upsample = mixing.Upsample(2**exponent, height, columns)
        mixed.append(graph.add(f"{prefix}_up", upsample, node))
    if len(mixed) == 1:
        return full
    layer = mixing.Mix() if common.is_learned else mixing.Average()
    return graph.add(f"{name}_mix", layer, *mixed)


def _pooled_layers(num_layers: int) -> set[int]:
    parts = NUM_POOLINGS + 1
    ends = {-(-part * num_layers // parts) for part in range(1, parts)}
    return ends - {num_layers}


def _renamed(old: str, new: str) -> Callable[[str], str]:
    return lambda name: new + name.removeprefix(old)


def _check_at_least(option: str, received: int, smallest: int) -> None:
    if received < smallest:
        raise ConfigError(f"expected {option} >= {smallest}, received {received}")


def _check_side(input_shape: ImageShape, num_resolutions: int) -> None:
    smallest = 2 ** (num_resolutions - 1)
    if min(input_shape[:2]) < smallest:
        raise SpecError(
            f"expected images of at least {smallest}x{smallest} for {num_resolutions} resolutions, "
            f"received {input_shape[0]}x{input_shape[1]}"
        )
