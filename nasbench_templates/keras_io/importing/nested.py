"""Layers within a wrapping layer: the rule of the inner one, seen from the outer one."""

from collections.abc import Sequence

import keras

from nasbench_templates.keras_io.importing import rule_book
from nasbench_templates.keras_io.importing.channels import Axis
from nasbench_templates.keras_io.importing.reading import Call
from nasbench_templates.keras_io.importing.site import Site, Tensor
from nasbench_templates.keras_io.importing.structures import INPUT

_ARGUMENTS = {"args": [{"class_name": INPUT, "config": 0}], "kwargs": {}}


def inside(
    site: Site,
    key: str,
    layer: keras.layers.Layer,
    axes: Sequence[Axis],
    shape: Sequence[int],
) -> Site | None:
    """Returns what the rule of an inner layer says; `None` if there is no rule.

    Args:
        site: of the wrapping layer.
        key: entry of its configuration that holds the inner one.
        layer: the inner one.
        axes: what the inner one reads.
        shape: what it returns, without the batch.
    """
    rule = rule_book.find(layer)
    if rule is None:
        return None
    output = keras.KerasTensor((None, *shape))
    call = Call(layer.name, layer, site.config[key]["config"], _ARGUMENTS, (), (output,))
    inner = Site(call, site.step, [Tensor(tuple(axes), site.scale)])
    rule(inner)
    prefix = (key, "config")
    inner.resized = [((*prefix, *path), axis) for path, axis in inner.resized]
    return inner


def take_over(site: Site, inner: Site, uses: int = 1) -> None:
    """Makes what an inner layer is and has the wrapping layer's.

    Args:
        site: of the wrapping layer.
        inner: what `inside` returned.
        uses: how often the inner layer is called.
    """
    site.resized += inner.resized
    site.created += inner.created
    site.weights += [weight._replace(uses=weight.uses * uses) for weight in inner.weights]
    site.per_input, site.per_output = inner.per_input, inner.per_output
    site.is_counted = inner.is_counted
    site.is_understood = inner.is_understood
