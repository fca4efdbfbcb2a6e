"""Blocks that several families compose from primitives."""

from dataclasses import dataclass, field

from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder


@dataclass(frozen=True, slots=True)
class ConvStyle:
    """What a family's convolutions have in common.

    Attributes:
        initializer: kernel initialiser, a key of `INITIALIZERS` in `keras_io/keras_builder.py`.
        batch_norm: the normalisation after each convolution.
        use_bias: whether a bias stands before it.
    """

    initializer: str = "he_normal"
    batch_norm: layers.BatchNorm = field(default_factory=layers.BatchNorm)
    use_bias: bool = False


# Convolutions of the classifiers in "The Myth of the Pyramid": no bias, batch norm after each
# (docs/templates.md, section 3), initialised as He et al. (arXiv:1502.01852).
CLASSIFIER = ConvStyle()
# Width of a block's input over that of its squeezed vector.
SQUEEZE = 4


def conv_bn(
    graph: GraphBuilder,
    name: str,
    source: int,
    filters: widths.Width,
    kernel: int,
    *,
    stride: int = 1,
    style: ConvStyle = CLASSIFIER,
) -> int:
    """Adds a convolution with "same" padding and its batch norm; returns the last node."""
    conv = layers.Conv(
        filters, kernel, stride, use_bias=style.use_bias, initializer=style.initializer
    )
    node = graph.add(f"{name}_conv", conv, source)
    return graph.add(f"{name}_bn", style.batch_norm, node)


def conv_bn_relu(
    graph: GraphBuilder,
    name: str,
    source: int,
    filters: widths.Width,
    kernel: int,
    *,
    stride: int = 1,
    style: ConvStyle = CLASSIFIER,
    ceiling: float | None = None,
) -> int:
    """Adds a convolution, its batch norm and a ReLU; returns the last node.

    Args:
        graph: the graph to add to.
        name: beginning of the nodes' names.
        source: node to read.
        filters: output channels.
        kernel: side of the window.
        stride: of the convolution.
        style: its initialiser, bias and batch norm.
        ceiling: largest value of the ReLU, 6 for ReLU6.
    """
    node = conv_bn(graph, name, source, filters, kernel, stride=stride, style=style)
    return graph.add(f"{name}_relu", layers.Relu(ceiling), node)


def conv_relu_bn(
    graph: GraphBuilder, name: str, source: int, filters: widths.Width, kernel: int
) -> int:
    """Adds a convolution, a ReLU and a batch norm, in this order; returns the last node.

    Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes", section 4.1.
    """
    conv = layers.Conv(filters, kernel, initializer=CLASSIFIER.initializer)
    node = graph.add(f"{name}_conv", conv, source)
    node = graph.add(f"{name}_relu", layers.Relu(), node)
    return graph.add(f"{name}_bn", CLASSIFIER.batch_norm, node)


def bn_relu(graph: GraphBuilder, name: str, source: int, ceiling: float | None = None) -> int:
    """Adds a batch norm and a ReLU; returns the last node."""
    node = graph.add(f"{name}_bn", CLASSIFIER.batch_norm, source)
    return graph.add(f"{name}_relu", layers.Relu(ceiling), node)


def inverted_residual(
    graph: GraphBuilder,
    name: str,
    source: int,
    filters: widths.Width,
    *,
    expand: int,
    kernel: int,
    stride: int = 1,
    is_squeezed: bool = False,
    ceiling: float | None = None,
    is_block: bool = True,
) -> int:
    """Adds the branch of an inverted residual, without its skip; returns the last node.

    A 1x1 convolution widens the map, a depthwise one follows, squeeze-excite may weigh the
    channels, and a 1x1 convolution without activation projects them.

    Args:
        graph: the graph to add to.
        name: beginning of the nodes' names.
        source: node to read.
        filters: output channels.
        expand: hidden width over input width; 1 leaves the first convolution out.
        kernel: side of the depthwise window.
        stride: of the depthwise convolution.
        is_squeezed: whether squeeze-excite weighs the hidden channels, through a vector a quarter
            as long as the block's input is wide.
        ceiling: largest value of the ReLUs, 6 for ReLU6.
        is_block: whether it counts as a block of its own in summaries.

    Source: MobileNetV2 (arXiv:1801.04381), table 1; with squeeze-excite MnasNet
        (arXiv:1807.11626), figure 7.
    """
    channels = graph.shape(source).channels
    node = source
    if expand != 1:
        hidden = widths.ratio(channels, expand)
        node = conv_bn_relu(graph, f"{name}_expand", node, hidden, 1, ceiling=ceiling)
    node = graph.add(f"{name}_dw", layers.DepthwiseConv(kernel, stride), node)
    node = bn_relu(graph, f"{name}_depthwise", node, ceiling)
    if is_squeezed:
        # The first of four equal shares: a quarter rounded up, so that it never vanishes.
        squeezed = widths.share(channels, (1,) * SQUEEZE, 0)
        node = _squeeze_excite(graph, f"{name}_squeeze", node, squeezed)
    node = conv_bn(graph, f"{name}_project", node, filters, 1)
    return graph.end_block(node) if is_block else node


def _squeeze_excite(graph: GraphBuilder, name: str, source: int, squeezed: widths.Width) -> int:
    """Weighs every channel by what all averages say (Hu et al., arXiv:1709.01507, figure 3).

    The averages count no operation, like these networks' global average before the classifier;
    the two dense layers have a bias and count like any.
    """
    node = graph.add(f"{name}_average", layers.GlobalAveragePool(is_counted=False), source)
    node = graph.add(f"{name}_reduce", layers.Dense(squeezed, "he_normal"), node)
    node = graph.add(f"{name}_reduce_relu", layers.Relu(), node)
    node = graph.add(f"{name}_expand", layers.Dense(graph.shape(source).channels), node)
    node = graph.add(f"{name}_gate", layers.Sigmoid(), node)
    return graph.add(f"{name}_scale", layers.Scale(), source, node)


def classifier_head(
    graph: GraphBuilder, source: int, num_classes: int, *, is_average_counted: bool = True
) -> int:
    """Adds the global average and the dense layer that returns logits."""
    node = graph.add("global_average", layers.GlobalAveragePool(is_average_counted), source)
    return graph.add("logits", layers.Dense(num_classes), node)
