"""Rules of what arranges elements anew: reshapes, permutations, slices, means."""

import math

from nasbench_templates.keras_io.importing import channels
from nasbench_templates.keras_io.importing.channels import Axis, Group
from nasbench_templates.keras_io.importing.rule_book import operation_rule, rule
from nasbench_templates.keras_io.importing.site import Site


@rule("Flatten")
def flatten(site: Site) -> None:
    """A vector: the channels as often as there are positions."""
    if site.shapes[0] == (1,) and not site.axes:
        site.returns(1)
        return
    site.collapses()
    site.returns(*_regrouped(site, site.shapes[0]))


@rule("Reshape")
def reshape(site: Site) -> None:
    """Axes that are joined or divided along whole ones."""
    _reshape(site, "target_shape", has_batch=False)


@operation_rule("Reshape")
def reshape_operation(site: Site) -> None:
    """As the layer; the new shape begins with the batch."""
    _reshape(site, "newshape", has_batch=True)


@operation_rule("Squeeze", "ExpandDims", "Ravel")
def squeeze(site: Site) -> None:
    """Axes of size 1 come and go."""
    _change_scale(site)
    site.returns(*_regrouped(site, site.shapes[0]))


def _reshape(site: Site, key: str, has_batch: bool) -> None:
    target = site.config[key]
    output = _regrouped(site, site.shapes[0])
    for place, axis in enumerate(output):
        # -1 finds its size by itself.
        if target[place + has_batch] != -1:
            site.resize(axis, key, place + has_batch)
    _change_scale(site)
    site.returns(*output)


def _change_scale(site: Site) -> None:
    if site.scale.strides and all(side == 1 for side in site.sides):
        site.collapses()
    elif not site.scale.strides and any(side != 1 for side in site.sides):
        site.unfolds()


def _regrouped(site: Site, shape: tuple[int, ...]) -> tuple[Axis, ...]:
    """Returns the axes of a new shape, made of the old ones; what fits no whole axes is pinned."""
    output: list[Axis] = []
    old, new = [*site.axes], [*shape]
    while old or new:
        left, right = _matching(old, new)
        before, after = old[:left], new[:right]
        del old[:left], new[:right]
        output += _regrouped_run(site, before, after)
    return tuple(output)


def _matching(old: list[Axis], new: list[int]) -> tuple[int, int]:
    """Returns the shortest beginnings with equal products."""
    left = right = 0
    first = second = 1
    while True:
        if (left or right) and first == second:
            return left, right
        if left < len(old) and (first <= second or right == len(new)):
            first *= channels.size(old[left])
            left += 1
        elif right < len(new):
            second *= new[right]
            right += 1
        else:
            return left, right


def _regrouped_run(site: Site, before: list[Axis], after: list[int]) -> list[Axis]:
    long = [axis for axis in before if channels.size(axis) != 1 or not isinstance(axis, int)]
    wide = [place for place, side in enumerate(after) if side != 1]
    if all(isinstance(axis, int) for axis in long):
        return list(after)
    symbolic = [place for place, axis in enumerate(long) if not isinstance(axis, int)]
    if len(symbolic) == 1 and len(wide) <= 1:
        # Several axes become one: repeated by those before, every element by those after.
        (place,) = symbolic
        outer = math.prod(map(channels.size, long[:place]))
        inner = math.prod(map(channels.size, long[place + 1 :]))
        whole = channels.repeated(channels.spread(long[place], inner), outer)
        target = wide[0] if wide else len(after) - 1
        if after:
            return [whole if each == target else side for each, side in enumerate(after)]
    if len(long) == 1 and len(wide) > 1:
        # One axis becomes several: the longest one may change, the others count its parts.
        free = max(wide, key=lambda place: (after[place], place))
        outer, inner = math.prod(after[:free]), math.prod(after[free + 1 :])
        piece = Group(after[free], site.step, is_whole=len(site.axes) == 1)
        channels.tie(long[0], channels.repeated(channels.spread(piece, inner), outer))
        return [piece if each == free else side for each, side in enumerate(after)]
    site.pin(*long, reason="reshaped across its axes")
    return list(after)


@rule("Permute")
def permute(site: Site) -> None:
    """Axes in another order."""
    site.returns(*(site.axes[place - 1] for place in site.config["dims"]))


@operation_rule("Transpose")
def transpose(site: Site) -> None:
    """Axes in another order, the batch first."""
    order = site.config.get("axes")
    if not order or order[0] != 0:
        site.is_understood = False
        return
    site.returns(*(site.axes[place - 1] for place in order[1:]))


@rule("RepeatVector")
def repeat_vector(site: Site) -> None:
    """A new axis before the channels."""
    site.unfolds()
    site.returns(site.config["n"], *site.axes)


@operation_rule("Mean", "Max", "Min", "Sum", "Amax", "Amin", "Prod", "Any", "All", "Std", "Var")
def reduction(site: Site) -> None:
    """Axes go, or stay with size 1."""
    rank = len(site.axes) + 1
    axis, keeps = site.config.get("axis"), site.config.get("keepdims")
    if axis is None:
        site.pin_inputs(reason="reduced over all axes")
        site.returns(*site.shapes[0])
        return
    gone = {each % rank for each in (axis if isinstance(axis, list | tuple) else [axis])}
    if set(range(1, rank - 1)) <= gone and site.scale.strides:
        site.per_input += 1
        site.collapses()
    site.returns(
        *(
            1 if place in gone else each
            for place, each in enumerate(site.axes, 1)
            if keeps or place not in gone
        )
    )


@operation_rule("Split")
def split(site: Site) -> None:
    """Equal parts of the channels stay equal; other cuts keep them as they are."""
    rank = len(site.axes) + 1
    place = site.config["axis"] % rank - 1
    parts = site.config["indices_or_sections"]
    if isinstance(parts, int):
        piece = site.part(site.axes[place], parts)
    else:
        site.pin(site.axes[place], reason="split at given places")
        piece = None
    for shape in site.shapes:
        cut = shape[place] if piece is None else piece
        site.returns(*site.axes[:place], cut, *site.axes[place + 1 :])


@operation_rule("GetItem")
def slice_of_sides(site: Site) -> None:
    """Parts of a map; what may cut the channels keeps them."""
    shape = site.shapes[0]
    is_same = len(shape) == len(site.axes) and shape[-1] == channels.size(site.channels)
    if is_same:
        site.pin(*site.axes[:-1], reason="sliced")
        site.returns(*shape[:-1], site.channels)
    else:
        site.pin_inputs(reason="sliced")
        site.returns(*shape)


@operation_rule("Tile", "Repeat", "Roll", "Flip")
def repetition(site: Site) -> None:
    """The elements several times or in another order; the channels stay."""
    site.pin_inputs(reason="repeated or reordered")
    site.returns(*site.shapes[0])
