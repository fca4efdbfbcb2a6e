"""The exact cost of a network as rows, layer by layer, and their totals.

>>> from nasbench_templates.networks.architecture import build
>>> graph_cost(build("vgg11", (32, 32, 3), 10)).macs
152769536
"""

from collections.abc import Iterable
from dataclasses import dataclass

from nasbench_templates.graph import shapes
from nasbench_templates.graph.cost import layer_costs
from nasbench_templates.networks.architecture import Architecture
from nasbench_templates.support import tables

Shape = tuple[int, ...]
_TITLES = ("layer", "class", "output", "MACs", "FLOPs", "params", "activations", "calls")
_IS_RIGHT = (False,) * 3 + (True,) * 5
# What rows have and totals sum.
COUNTS = ("macs", "params", "trainable_params", "activations")


@dataclass(frozen=True, slots=True)
class LayerCost:
    """One row: a layer, or a nested model as a whole.

    Attributes:
        name: with the models around it, `backbone/conv1`.
        class_name: of the layer.
        output_shape: without the batch; of a layer that is called several times, the first one.
        macs: multiply-accumulates of all its calls, for one input.
        params: all its values, once however often it is called.
        trainable_params: those that training changes.
        activations: elements in the outputs that count.
        calls: how often it is called.
    """

    name: str
    class_name: str
    output_shape: Shape
    macs: int
    params: int
    trainable_params: int
    activations: int
    calls: int

    @property
    def flops(self) -> int:
        """Two operations for each multiply-accumulate."""
        return 2 * self.macs

    def to_json(self) -> dict[str, object]:
        """Returns the row of the machine-readable contract of `cost`."""
        return {
            "name": self.name,
            "class": self.class_name,
            "output_shape": list(self.output_shape),
            "macs": self.macs,
            "params": self.params,
            "trainable_params": self.trainable_params,
            "activations": self.activations,
            "calls": self.calls,
            "flops": self.flops,
        }


@dataclass(frozen=True, slots=True, repr=False)
class ModelCost:
    """What a model costs for one input.

    Attributes:
        model: its name.
        input_shape: without the batch; of several inputs all of them.
        macs: multiply-accumulates.
        params: all values.
        trainable_params: those that training changes.
        activations: elements in the outputs of convolution, pooling and dense layers.
        uncounted: layers whose operations no rule counts; `macs` lacks them.
        layers: the rows, which sum to the totals.
    """

    model: str
    input_shape: Shape | tuple[Shape, ...]
    macs: int
    params: int
    trainable_params: int
    activations: int
    uncounted: tuple[str, ...]
    layers: tuple[LayerCost, ...]

    @property
    def flops(self) -> int:
        """Two operations, one product and one sum, for each multiply-accumulate."""
        return 2 * self.macs

    def to_json(self) -> dict[str, object]:
        """Returns the machine-readable contract of `cost`."""
        return {
            "model": self.model,
            "input_shape": _lists(self.input_shape),
            "macs": self.macs,
            "flops": self.flops,
            "params": self.params,
            "trainable_params": self.trainable_params,
            "activations": self.activations,
            "uncounted": list(self.uncounted),
            "layers": [layer.to_json() for layer in self.layers],
        }

    def to_table(self, form: str = "simple") -> str:
        """Returns the rows and their totals as text.

        Args:
            form: a format of `tabulate`, such as `"simple"`, `"github"` or `"latex"`.
        """
        import tabulate

        align = ["right" if right else "left" for right in _IS_RIGHT]
        table = tabulate.tabulate(
            self._rows(), _TITLES, tablefmt=form, colalign=align, disable_numparse=True
        )
        return f"{table}\n\n{self._note}" if self.uncounted else table

    def _rows(self) -> list[list[str]]:
        rows = [
            [each.name, each.class_name, _shape_text(each.output_shape), *_counts(each),
             str(each.calls)]
            for each in self.layers
        ]  # fmt: skip
        return [*rows, ["total", "", "", *_counts(self), ""]]

    @property
    def _note(self) -> str:
        return f"NOT COUNTED, no rule: {', '.join(self.uncounted)}"

    def __str__(self) -> str:
        return self.to_table()

    def __repr__(self) -> str:
        return (
            f"ModelCost({self.model}: {self.macs / 1e6:.1f} M MACs, {self.params / 1e6:.2f} M "
            f"params, {len(self.layers)} layers{', some not counted' if self.uncounted else ''})"
        )

    def _repr_html_(self) -> str:
        title = f"{self.model}; {self._note}" if self.uncounted else self.model
        return tables.html(title, _TITLES, self._rows(), _IS_RIGHT)


def graph_cost(architecture: Architecture) -> ModelCost:
    """Returns the cost of a registered network as published; a row for each layer that counts.

    Args:
        architecture: the network; its base is counted.
    """
    base = architecture.base
    graph, filters = base.graph, base.base_filters
    places = zip(graph.nodes, graph.evaluated_shapes(filters), strict=True)
    rows = tuple(
        LayerCost(
            name, type(node.layer).__name__, _layout(shape), cost.macs, cost.params,
            cost.trainable_params, cost.activations, 1,
        )
        for (name, cost), (node, shape) in zip(layer_costs(graph, filters), places, strict=True)
        if cost.macs or cost.params or cost.activations
    )  # fmt: skip
    return ModelCost(
        model=base.name, input_shape=base.input_shape, uncounted=(), layers=rows, **sums(rows)
    )


def sums(rows: Iterable[LayerCost]) -> dict[str, int]:
    """Returns the totals of rows, by `COUNTS`."""
    kept = tuple(rows)
    return {field: sum(getattr(row, field) for row in kept) for field in COUNTS}


def _layout(shape: shapes.Shape) -> Shape:
    """Returns a shape as Keras writes it, channels last."""
    channels, *sides = shape
    return (*(side for side in sides if side is not None), channels)


def _counts(row: LayerCost | ModelCost) -> list[str]:
    return [f"{each:,}" for each in (row.macs, row.flops, row.params, row.activations)]


def _shape_text(shape: Shape) -> str:
    return "x".join(map(str, shape)) or "1"


def _lists(shape: Shape | tuple[Shape, ...]) -> list[object]:
    return [_lists(each) if isinstance(each, tuple) else each for each in shape]
