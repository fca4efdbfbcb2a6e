"""Rules of what keeps every element in its place: norms, activations, noise and preprocessing."""

from nasbench_templates.keras_io.importing import channels
from nasbench_templates.keras_io.importing.channels import Axis
from nasbench_templates.keras_io.importing.rule_book import operation_rule, rule
from nasbench_templates.keras_io.importing.site import Site


@rule(
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianDropout",
    "GaussianNoise", "AlphaDropout", "ActivityRegularization", "Identity", "Masking",
    "StochasticDepth", "Rescaling", "UnitNormalization", "RandomFlip", "RandomRotation",
    "RandomTranslation", "RandomZoom", "RandomContrast", "RandomBrightness", "RandomHue",
    "RandomSaturation", "RandomColorJitter", "RandomColorDegeneration", "RandomSharpness",
    "RandomShear", "RandomPosterization", "RandomInvert", "RandomGrayscale", "RandomErasing",
    "RandomGaussianBlur", "RandomPerspective", "RandomElasticTransform", "Solarization",
    "Equalization", "AutoContrast", "RandAugment", "AugMix", "MixUp", "CutMix",
)  # fmt: skip
@operation_rule(
    "Cast", "StopGradient", "Identity", "Copy", "Clip", "Round", "Floor", "Ceil", "Sign",
    "NanToNum", "Normalize", "Nan_to_num",
)  # fmt: skip
def unchanged(site: Site) -> None:
    """The input's shape and no operations that count."""
    site.returns(*site.axes)


@rule("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax")
@operation_rule(
    "Relu", "Relu6", "Sigmoid", "Softplus", "Softsign", "SoftShrink", "SparsePlus", "Silu",
    "Squareplus", "LogSigmoid", "LeakyRelu", "HardSigmoid", "HardSilu", "HardSwish", "Elu", "Selu",
    "Gelu", "Celu", "TanhShrink", "HardTanh", "HardShrink", "Threshold", "Softmax",
    "LogSoftmax", "Sparsemax", "SparseSigmoid", "Tanh", "Exp", "Exp2", "Expm1", "Log", "Log1p",
    "Log2", "Log10", "Sqrt", "Rsqrt", "Square", "Abs", "Absolute", "Negative", "Reciprocal", "Sin",
    "Cos", "Erf", "Sinh", "Cosh", "Arctan", "Swish",
)  # fmt: skip
def activation(site: Site) -> None:
    """One operation for each element."""
    site.per_output += 1
    site.returns(*site.axes)


@operation_rule("Glu")
def gated_linear_unit(site: Site) -> None:
    """One half of an axis gates the other."""
    place = site.config["axis"] % (len(site.axes) + 1) - 1
    half = site.part(site.axes[place], 2)
    site.per_output += 2
    site.returns(*site.axes[:place], half, *site.axes[place + 1 :])


@rule("PReLU")
def parametric_relu(site: Site) -> None:
    """One slope for each element, or for all along the shared axes."""
    shared = site.config["shared_axes"] or ()
    site.weight(*(1 if place in shared else axis for place, axis in enumerate(site.axes, 1)))
    site.per_output += 1
    site.returns(*site.axes)


@rule("BatchNormalization")
def batch_normalization(site: Site) -> None:
    """Scale, shift and two moving statistics a channel; two operations for each element."""
    axis = _place(site, site.config["axis"])
    for key in ("scale", "center"):
        if site.config[key]:
            site.weight(axis)
    if site.config.get("renorm"):
        site.is_understood = False
    site.weight(axis, is_trainable=False)
    site.weight(axis, is_trainable=False)
    _normalizes(site)


@rule("LayerNormalization", "RMSNormalization")
def layer_normalization(site: Site) -> None:
    """Scale and shift along the normalised axes."""
    axis = site.config["axis"]
    axes = [_place(site, each) for each in (axis if isinstance(axis, list | tuple) else [axis])]
    # LayerNormalization may leave them out, RMSNormalization has a scale and no shift.
    keys = ("scale", "center") if "center" in site.config else ("always",)
    for key in keys:
        if site.config.get(key, True):
            site.weight(*axes)
    _normalizes(site)


@rule("GroupNormalization")
def group_normalization(site: Site) -> None:
    """Scale and shift a channel; the channels stay divisible by the groups."""
    axis = _place(site, site.config["axis"])
    groups = site.config["groups"]
    if groups == channels.size(axis):
        # One group a channel stays one group a channel.
        site.resize(axis, "groups")
    elif groups > 1:
        site.part(axis, groups)
    for key in ("scale", "center"):
        if site.config[key]:
            site.weight(axis)
    _normalizes(site)


def _place(site: Site, number: int) -> Axis:
    return site.axes[number if number < 0 else number - 1]


def _normalizes(site: Site) -> None:
    site.per_output += 2
    site.returns(*site.axes)


@rule("LayerScale")
def layer_scale(site: Site) -> None:
    """ConvNeXt's learned factor for each channel."""
    site.resize(site.channels, "projection_dim")
    site.weight(site.channels)
    site.returns(*site.axes)


@rule("CustomScaleLayer")
def scaled_sum(site: Site) -> None:
    """Inception-ResNet's sum of a map and a scaled one."""
    first, second = site.inputs
    for pair in zip(first.axes, second.axes, strict=True):
        site.tie(*pair)
    site.returns(*first.axes)


@rule("Normalization")
def normalization(site: Site) -> None:
    """Fixed or adapted statistics of the data, whose channels they belong to."""
    site.pin_inputs(reason="normalised by statistics of the data")
    for weight in site.operation.weights:
        site.weight(*weight.shape, is_trainable=False)
    site.returns(*site.axes)


@rule("Resizing", "CenterCrop", "RandomCrop")
def resizing(site: Site) -> None:
    """Another size, the same channels."""
    site.returns(*site.sides, site.channels)
