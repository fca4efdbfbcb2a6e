"""The exact cost of a Keras model, layer by layer.

print(model_cost(imported))   # a table; rows sum to the totals
"""

import dataclasses

from nasbench_templates.graph.cost import layer_costs
from nasbench_templates.graph.counts import Cost
from nasbench_templates.keras_io.importing.importer import ImportedCall, ImportedModel
from nasbench_templates.networks.cost_rows import COUNTS, LayerCost, ModelCost, sums


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
    return ModelCost(
        model=imported.architecture.name,
        input_shape=imported.architecture.input_shape,
        uncounted=imported.uncounted,
        layers=tuple(rows.values()),
        **sums(rows.values()),
    )


def _added(
    row: LayerCost | None, name: str, call: ImportedCall, cost: Cost, calls: int
) -> LayerCost:
    before = row or LayerCost(name, call.class_name, call.output_shape, 0, 0, 0, 0, 0)
    sums = {field: getattr(before, field) + getattr(cost, field) for field in COUNTS}
    return dataclasses.replace(before, **sums, calls=before.calls + calls)
