"""The exact cost of a Keras model, layer by layer.

print(model_cost(imported))   # a table; rows sum to the totals
"""

import dataclasses
from dataclasses import dataclass

from nasbench_templates.graph.cost import layer_costs
from nasbench_templates.graph.counts import Cost
from nasbench_templates.keras_io.importing.importer import ImportedCall, ImportedModel

Shape = tuple[int, ...]


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
            "calls": self.calls,
        }


@dataclass(frozen=True, slots=True)
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

        rows = [
            [each.name, each.class_name, _shape_text(each.output_shape), *_counts(each),
             str(each.calls)]
            for each in self.layers
        ]  # fmt: skip
        rows.append(["total", "", "", *_counts(self), ""])
        headers = ["layer", "class", "output", "MACs", "FLOPs", "params", "activations", "calls"]
        align = ["left"] * 3 + ["right"] * 5
        table = tabulate.tabulate(
            rows, headers, tablefmt=form, colalign=align, disable_numparse=True
        )
        if self.uncounted:
            table += f"\n\nNOT COUNTED, no rule: {', '.join(self.uncounted)}"
        return table

    def __str__(self) -> str:
        return self.to_table()


def model_cost(imported: ImportedModel, depth: int | None = None) -> ModelCost:
    """Returns the cost of an imported model as it is.

    Args:
        imported: the model.
        depth: how many levels of nested models are opened, 1 for none; by default all.
    """
    architecture = imported.architecture.base
    costs = dict(layer_costs(architecture.graph, architecture.base_filters))
    whole = {call.layer: call for call in reversed(imported.calls)}
    rows: dict[str, LayerCost] = {}
    for call in imported.calls:
        row = "/".join(call.layer.split("/")[:depth])
        is_itself = row == call.layer
        if call.is_model and (not is_itself or depth is None or row.count("/") + 1 < depth):
            continue
        # A model that is not opened is called as often as its own call stands there.
        rows[row] = _added(rows.get(row), row, whole[row], costs[call.node], int(is_itself))
    totals = {field: sum(getattr(row, field) for row in rows.values()) for field in _COUNTS}
    return ModelCost(
        model=imported.architecture.name,
        input_shape=imported.architecture.input_shape,
        uncounted=imported.uncounted,
        layers=tuple(rows.values()),
        **totals,
    )


_COUNTS = ("macs", "params", "trainable_params", "activations")


def _added(
    row: LayerCost | None, name: str, call: ImportedCall, cost: Cost, calls: int
) -> LayerCost:
    before = row or LayerCost(name, call.class_name, call.output_shape, 0, 0, 0, 0, 0)
    sums = {field: getattr(before, field) + getattr(cost, field) for field in _COUNTS}
    return dataclasses.replace(before, **sums, calls=before.calls + calls)


def _counts(row: LayerCost | ModelCost) -> list[str]:
    return [f"{each:,}" for each in (row.macs, row.flops, row.params, row.activations)]


def _shape_text(shape: Shape) -> str:
    return "x".join(map(str, shape)) or "1"


def _lists(shape: Shape | tuple[Shape, ...]) -> list[object]:
    return [_lists(each) if isinstance(each, tuple) else each for each in shape]
