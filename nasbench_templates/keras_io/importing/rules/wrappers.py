"""Rules of layers around another layer."""

from nasbench_templates.keras_io.importing import channels, nested
from nasbench_templates.keras_io.importing.rule_book import rule
from nasbench_templates.keras_io.importing.site import Site


@rule("TimeDistributed")
def time_distributed(site: Site) -> None:
    """The inner layer at every step."""
    steps = channels.size(site.axes[0])
    inner = nested.inside(site, "layer", site.operation.layer, site.axes[1:], site.shapes[0][1:])
    if inner is None:
        return
    nested.take_over(site, inner, steps)
    site.scale = inner.scale
    site.returns(steps, *inner.outputs[0])


@rule("SpectralNormalization")
def spectral_normalization(site: Site) -> None:
    """The inner layer with its kernel divided by a norm, which a vector of its own estimates."""
    inner = nested.inside(site, "layer", site.operation.layer, site.axes, site.shapes[0])
    if inner is None:
        return
    nested.take_over(site, inner)
    # Keras lists the kernel, which the wrapper holds too, and the vector before all others.
    kernel = inner.weights[0]
    site.weights.clear()
    site.weights.append(kernel)
    site.weight(1, kernel.axes[-1], is_trainable=False)
    site.weights += inner.weights[1:]
    site.scale = inner.scale
    site.returns(*inner.outputs[0])
