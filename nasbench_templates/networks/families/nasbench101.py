"""The network of NAS-Bench-101 around any cell, patched so that every stack has a width of its own.

The original doubles the width from stack to stack; here widths may rise, stay or fall, for each
stack or, with `slots="module"`, for each module. With the base widths it is the original network.

Source: docs/nasbench101.md, section 7.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.networks import blocks, cell_module
from nasbench_templates.networks.architecture import (
    Architecture,
    ImageShape,
    architecture,
    check_choice,
)
from nasbench_templates.networks.cells import Cell, CellLike
from nasbench_templates.networks.named_cells import Skeleton, named_cells
from nasbench_templates.networks.options import Option
from nasbench_templates.support.errors import SpecError

# Far beyond use; a slip of the finger should not fill the memory.
Slots = Literal["stack", "module"]
Order = Literal["given", "canonical"]
MOST = {"stem_filters": 1_000_000, "num_stacks": 16, "num_modules_per_stack": 256}


@architecture(
    "nasbench101",
    "NAS-Bench-101 network around a cell (--cell), one slot for each stack (--slots=stack) or "
    "module (--slots=module), the stem fixed",
)
def nasbench101(
    input_shape: ImageShape,
    num_classes: int,
    *,
    cell: CellLike | None = None,
    slots: Annotated[Slots, Option("what has a width of its own (default: stack)", True)] = "stack",
    order: Annotated[
        Order,
        Option(
            "order of the cell's vertices; uneven channel counts depend on it, and the benchmark's "
            "belong to the canonical order (up to 7 vertices; default: given)",
            has_flag=True,
        ),
    ] = "given",
    stem_filters: Annotated[
        int | None,
        Option(
            "filters of the stem; the first stack has as many, each next twice as many (default: "
            "128, or what the named cell is known with)",
            has_flag=True,
        ),
    ] = None,
    stack_filters: Annotated[
        tuple[int, ...] | None,
        Option("base width of every stack, e.g. 128,256,512; overrides the doubling", True),
    ] = None,
    num_stacks: Annotated[int | None, Option("stacks (default: 3)", True)] = None,
    num_modules_per_stack: Annotated[
        int | None, Option("copies of the cell in each stack (default: 3; resnet50: 6)", True)
    ] = None,
) -> Architecture:
    """Returns the network of one cell.

    Args:
        input_shape: `(height, width, channels)`.
        num_classes: outputs.
        cell: ours or any object with `matrix` and `ops`; the ResNet-like one by default.
        slots: `"stack"` or `"module"`: what has a width of its own.
        order: `"given"` or `"canonical"`: the order of the cell's vertices. Where channels do not
            divide evenly the counts depend on it, and the benchmark's belong to the canonical one.
        stem_filters: filters of the stem; 128 by default.
        stack_filters: base width of every stack; by default the stem's, doubled each time.
        num_stacks: 3 by default, or as many as `stack_filters` has.
        num_modules_per_stack: 3 by default.

    Raises:
        SpecError: a count below 1 or beyond use, widths that do not fit the cell, or
            `stack_filters` and `num_stacks` that disagree.
    """
    chosen = named_cells.get("resnet").cell if cell is None else Cell.of(cell)
    if check_choice("order", order, "given", "canonical") == "canonical":
        chosen = chosen.canonical()
    skeleton = _skeleton(stem_filters, stack_filters, num_stacks, num_modules_per_stack)
    stacks = tuple(
        stack_filters or (skeleton.stem_filters << index for index in range(skeleton.num_stacks))
    )
    per_stack = skeleton.num_modules_per_stack
    by_module = check_choice("slots", slots, "stack", "module") == "module"
    if by_module:
        base = tuple(width for width in stacks for _ in range(per_stack))
        names = [f"stack{s}_module{m}" for s in range(len(stacks)) for m in range(per_stack)]
    else:
        base, names = stacks, [f"stack{index}" for index in range(len(stacks))]
    graph = GraphBuilder(names)
    node = graph.add("image", layers.Input(*input_shape))
    node = blocks.conv_bn_relu(
        graph, "stem", node, skeleton.stem_filters, 3, style=cell_module.STYLE
    )
    for stack in range(len(stacks)):
        if stack:
            node = graph.add(f"stack{stack}_downsample", layers.MaxPool(2, 2), node)
        for module in range(per_stack):
            width = widths.slot(stack * per_stack + module if by_module else stack)
            node = cell_module.add_module(
                graph, f"stack{stack}_module{module}", node, chosen, width
            )
    blocks.classifier_head(graph, node, num_classes)
    return Architecture("nasbench101", input_shape, num_classes, base, graph.build())


def _skeleton(
    stem_filters: int | None,
    stack_filters: Sequence[int] | None,
    num_stacks: int | None,
    num_modules_per_stack: int | None,
) -> Skeleton:
    default = Skeleton()
    if stack_filters is not None:
        if num_stacks not in (None, len(stack_filters)):
            raise SpecError(
                f"expected {num_stacks} stack_filters for num_stacks={num_stacks}, "
                f"received {len(stack_filters)}"
            )
        num_stacks = len(stack_filters)
    chosen = Skeleton(
        default.stem_filters if stem_filters is None else stem_filters,
        default.num_stacks if num_stacks is None else num_stacks,
        default.num_modules_per_stack if num_modules_per_stack is None else num_modules_per_stack,
    )
    for field in Skeleton.__slots__:
        if not 1 <= getattr(chosen, field) <= MOST[field]:
            raise SpecError(
                f"expected {field} in 1..{MOST[field]}, received {getattr(chosen, field)}"
            )
    return chosen
