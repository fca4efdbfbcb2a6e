"""Rules of what brings several tensors together: sums, products, concatenations."""

import itertools

from nasbench_templates.keras_io.importing import channels
from nasbench_templates.keras_io.importing.channels import Axis
from nasbench_templates.keras_io.importing.rule_book import operation_rule, rule
from nasbench_templates.keras_io.importing.site import Site


@rule("Add", "Subtract", "Average", "Maximum", "Minimum", "Multiply")
def elementwise(site: Site) -> None:
    """Axes that meet are the same, but for one of size 1, which is repeated."""
    _broadcast(site)


@operation_rule(
    "Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Maximum", "Minimum", "Power", "Mod",
    "DivideNoNan", "Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "NotEqual",
)  # fmt: skip
def elementwise_operation(site: Site) -> None:
    """As the layers; one operand may be a number, an array keeps its width."""
    if not site.has_only_numbers():
        site.pin_inputs(reason="meets an array of constants")
    ranks = {len(tensor.axes) for tensor in site.inputs}
    if len(ranks) > 1:
        # Without a layer that inserts axes, the batch of one meets a side of the other.
        site.pin_inputs(reason="meets a tensor of another rank")
    _broadcast(site)


def _broadcast(site: Site) -> None:
    output: list[Axis] = []
    backwards = itertools.zip_longest(*(tensor.axes[::-1] for tensor in site.inputs), fillvalue=1)
    for axes in backwards:
        wide = [axis for axis in axes if channels.size(axis) > 1]
        if wide:
            for axis in axes:
                if channels.size(axis) == 1:
                    site.pin(axis, reason="one channel that is repeated over all others")
        site.tie(*(wide or axes))
        output.append((wide or axes)[0])
    site.returns(*output[::-1])


@rule("Concatenate")
@operation_rule("Concatenate")
def concatenation(site: Site) -> None:
    """Along the channels a sum of widths; along a side everything else is the same."""
    rank = len(site.axes) + 1
    place = site.config["axis"] % rank - 1
    output: list[Axis] = []
    for number, axes in enumerate(zip(*(tensor.axes for tensor in site.inputs), strict=True)):
        if number == place:
            output.append(channels.joined(list(axes)))
        else:
            site.tie(*axes)
            output.append(axes[0])
    site.returns(*output)


@operation_rule("Stack")
def stack(site: Site) -> None:
    """A new axis, as long as there are inputs."""
    first = list(site.axes)
    for axes in zip(*(tensor.axes for tensor in site.inputs), strict=True):
        site.tie(*axes)
    place = site.config["axis"] % (len(first) + 2) - 1
    first.insert(place, len(site.inputs))
    site.returns(*first)
