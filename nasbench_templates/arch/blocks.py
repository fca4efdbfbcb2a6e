"""Blocks that several families compose from primitives."""

from dataclasses import dataclass, field

from nasbench_templates.arch import layers, widths
from nasbench_templates.arch.graph import GraphBuilder


@dataclass(frozen=True, slots=True)
class ConvStyle:
    """What a family's convolutions have in common.

    Attributes:
        initializer: kernel initialiser, a key of `INITIALIZERS` in `models/keras_builder.py`.
        batch_norm: the normalisation after each convolution.
        use_bias: whether a bias stands before it.
    """

    initializer: str = "he_normal"
    batch_norm: layers.BatchNorm = field(default_factory=layers.BatchNorm)
    use_bias: bool = False


# Convolutions of the classifiers in "The Myth of the Pyramid": no bias, batch norm after each
# (template specification, section 3), initialised as He et al. (arXiv:1502.01852).
CLASSIFIER = ConvStyle()


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
    ceiling: float | None = None,
    **settings: object,
) -> int:
    """Adds a convolution, its batch norm and a ReLU; returns the last node.

    Args:
        graph: the graph to add to.
        name: beginning of the nodes' names.
        source: node to read.
        filters: output channels.
        kernel: side of the window.
        ceiling: largest value of the ReLU, 6 for ReLU6.
        **settings: `stride` and `style` of `conv_bn`.
    """
    node = conv_bn(graph, name, source, filters, kernel, **settings)
    return graph.add(f"{name}_relu", layers.Relu(ceiling), node)


def classifier_head(
    graph: GraphBuilder, source: int, num_classes: int, *, is_average_counted: bool = True
) -> int:
    """Adds the global average and the dense layer that returns logits."""
    node = graph.add("global_average", layers.GlobalAveragePool(is_average_counted), source)
    return graph.add("logits", layers.Dense(num_classes), node)
