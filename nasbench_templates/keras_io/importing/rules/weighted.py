"""Rules of what multiplies by weights: convolutions and dense layers."""

from fractions import Fraction

from nasbench_templates.keras_io.importing import channels
from nasbench_templates.keras_io.importing.channels import Axis
from nasbench_templates.keras_io.importing.rule_book import rule
from nasbench_templates.keras_io.importing.site import Site


def _finish(site: Site, output: Axis) -> None:
    if site.config["use_bias"]:
        site.weight(output)
    site.activates()
    site.is_counted = True
    site.returns(*site.sides, output)


@rule("Conv1D", "Conv2D", "Conv3D")
def convolution(site: Site) -> None:
    """Kernel values times output positions; a group reads its part of the input."""
    groups = site.config["groups"]
    filters = site.width("filters")
    read = site.part(site.channels, groups)
    site.part(filters, groups)
    site.weight(*site.config["kernel_size"], read, filters, uses=site.positions)
    site.moves(*site.config["strides"])
    _finish(site, filters)


@rule("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
def transposed_convolution(site: Site) -> None:
    """Kernel values times input positions."""
    filters = site.width("filters")
    site.weight(*site.config["kernel_size"], filters, site.channels, uses=site.input_positions)
    site.moves(*(Fraction(1, stride) for stride in site.config["strides"]))
    _finish(site, filters)


@rule("DepthwiseConv1D", "DepthwiseConv2D")
def depthwise_convolution(site: Site) -> None:
    """Every channel by itself, as many times as the multiplier says."""
    multiplier = site.config["depth_multiplier"]
    site.weight(*site.config["kernel_size"], site.channels, multiplier, uses=site.positions)
    site.moves(*site.config["strides"])
    _finish(site, channels.spread(site.channels, multiplier))


@rule("SeparableConv1D", "SeparableConv2D")
def separable_convolution(site: Site) -> None:
    """A depthwise kernel, then a pointwise one, both at the output's positions."""
    multiplier, kernel = site.config["depth_multiplier"], site.config["kernel_size"]
    filters = site.width("filters")
    between = channels.spread(site.channels, multiplier)
    site.weight(*kernel, site.channels, multiplier, uses=site.positions)
    site.weight(*(1 for _ in kernel), between, filters, uses=site.positions)
    site.moves(*site.config["strides"])
    _finish(site, filters)


@rule("Dense")
def dense(site: Site) -> None:
    """Kernel values, at every position of a map."""
    units = site.width("units")
    site.weight(site.channels, units, uses=site.positions)
    _finish(site, units)


@rule("EinsumDense")
def einsum_dense(site: Site) -> None:
    """Kernel values times all positions that they do not name; its axes stay as they are."""
    site.pin_inputs(reason="read by an EinsumDense, whose equation names its axes")
    kernel = site.operation.kernel
    read, _, rest = site.config["equation"].partition(",")
    named, _, written = rest.partition("->")
    sizes = dict(zip(named, kernel.shape, strict=True))
    shape = site.shapes[0]
    # An ellipsis stands for as many axes as are missing; the batch is the first.
    labels = written.replace("...", "." * (len(shape) + 1 - len(written.replace("...", ""))))
    uses = 1
    for label, side in zip(labels[1:], shape, strict=True):
        uses *= 1 if label in sizes else side
    summed = [label for label in read if label not in written and label not in named + "."]
    if summed:
        site.is_understood = False
    site.weight(*kernel.shape, uses=uses)
    if site.config["bias_axes"] is not None:
        site.weight(*site.operation.bias.shape)
    site.activates()
    site.is_counted = True
    site.returns(*shape)


@rule("Embedding")
def embedding(site: Site) -> None:
    """A look-up multiplies nothing; its width is a vocabulary's and stays."""
    site.pin_inputs(reason="looked up in an Embedding")
    site.weight(site.config["input_dim"], site.config["output_dim"])
    site.returns(*site.shapes[0])
