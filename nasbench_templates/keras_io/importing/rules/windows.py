"""Rules of what changes a map's sides: poolings, paddings, croppings, upsampling."""

from fractions import Fraction

from nasbench_templates.keras_io.importing import channels
from nasbench_templates.keras_io.importing.rule_book import operation_rule, rule
from nasbench_templates.keras_io.importing.site import Site


@rule(
    "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D",
    "AveragePooling3D",
)  # fmt: skip
def pooling(site: Site) -> None:
    """One operation for each input element."""
    site.moves(*site.config["strides"])
    _pools(site)


@operation_rule("MaxPool", "AveragePool")
def pooling_operation(site: Site) -> None:
    """As the layers; the step is the window's side unless it is given."""
    strides = site.config.get("strides") or site.config["pool_size"]
    count = len(site.sides)
    site.moves(*(strides if isinstance(strides, list | tuple) else [strides] * count))
    _pools(site)


@rule(
    "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D",
)  # fmt: skip
def adaptive_pooling(site: Site) -> None:
    """As a pooling, with the step that the sizes make."""
    before = [channels.size(axis) for axis in site.axes[:-1]]
    site.moves(*(max(Fraction(1), Fraction(a, b)) for a, b in zip(before, site.sides, strict=True)))
    _pools(site)


def _pools(site: Site) -> None:
    site.per_input += 1
    site.is_counted = True
    site.returns(*site.sides, site.channels)


@rule(
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
    "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D",
)  # fmt: skip
def global_pooling(site: Site) -> None:
    """A vector; one operation for each input element."""
    site.per_input += 1
    site.collapses()
    site.returns(*site.sides, site.channels)


@rule(
    "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D",
)  # fmt: skip
def border(site: Site) -> None:
    """Other sides, the same scale; where channels are cut off, they stay as they are."""
    if site.config.get("data_format") == "channels_first":
        site.pin(site.channels, reason="cut along the channels")
        site.returns(*site.shapes[0])
    else:
        site.returns(*site.sides, site.channels)


@rule("UpSampling1D", "UpSampling2D", "UpSampling3D")
def upsampling(site: Site) -> None:
    """A way up, without weights."""
    factors = site.config["size"]
    count = len(site.sides)
    factors = factors if isinstance(factors, list | tuple) else [factors] * count
    site.moves(*(Fraction(1, factor) for factor in factors))
    site.returns(*site.sides, site.channels)


@operation_rule("Resize")
def resize(site: Site) -> None:
    """Another size, up or down."""
    before = [channels.size(axis) for axis in site.axes[:-1]]
    site.moves(*(Fraction(a, b) for a, b in zip(before, site.sides, strict=True)))
    site.returns(*site.sides, site.channels)


@operation_rule("Pad")
def pad(site: Site) -> None:
    """Other sides; padded channels would be others."""
    if channels.size(site.channels) != site.shapes[0][-1]:
        site.pin(site.channels, reason="padded along the channels")
        site.returns(*site.shapes[0])
    else:
        site.returns(*site.sides, site.channels)
