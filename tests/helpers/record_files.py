"""Text of small record files in the layouts of the published extracts.

All cells are chains of one operation; A's is maxpool3x3.
"""

import json
from collections.abc import Sequence

# By their hashes, rising.
OPERATION_OF = {
    "53cee42601ad14d661bb6878031d6acb": "maxpool3x3",
    "b49ac8c578b4561d79ac7087988f1c61": "conv3x3-bn-relu",
    "d1269d9156ddc027c40473008192958a": "conv1x1-bn-relu",
}
A, B, C = OPERATION_OF
_LABELS = {"input": -1, "conv3x3-bn-relu": 0, "conv1x1-bn-relu": 1, "maxpool3x3": 2, "output": -2}
_VAL_COLUMNS = (
    "module_hash,num_vertices,module_adjacency,module_operations,trainable_parameters,"
    "final_training_time,val_acc_4,val_acc_108,graph_source"
)
_TEST_COLUMNS = (
    "module_hash,module_adjacency,module_operations,trainable_parameters,test_acc_12,test_acc_108"
)


def labels_of(key: str) -> list[str]:
    """The labels of a cell's vertices; of other hashes those of A."""
    return ["input", OPERATION_OF.get(key, OPERATION_OF[A]), "output"]


def _graph(key: str) -> str:
    return f"010;001;000,{'|'.join(labels_of(key))},5356"


def val_csv(*rows: tuple[str, object, object]) -> str:
    """A validation extract with one row per (hash, accuracy, seconds)."""
    lines = [f"{key},3,{_graph(key)},{time},0.1,{value},published" for key, value, time in rows]
    return "\n".join([_VAL_COLUMNS, *lines]) + "\n"


def draws_csv(*rows: tuple[str, object]) -> str:
    """A test extract with one row per (hash, accuracy)."""
    return "\n".join([_TEST_COLUMNS, *(f"{key},{_graph(key)},0.1,{value}" for key, value in rows)])


def full_json(key: str, repeats: Sequence[tuple[float, float, float]]) -> str:
    """A full record with one repeat per (validation accuracy, test accuracy, seconds)."""
    record = {
        "module_hash": key,
        "fixed_statistics": {
            "module_adjacency": [[0, 1, 0], [0, 0, 1], [0, 0, 0]],
            "module_operations": labels_of(key),
            "trainable_parameters": 5356,
        },
        "computed_statistics": {
            "108": [
                {
                    "halfway_validation_accuracy": 0.01,
                    "final_validation_accuracy": validation,
                    "final_test_accuracy": test,
                    "final_training_time": time,
                }
                for validation, test, time in repeats
            ]
        },
    }
    return json.dumps(record, indent=1)


def columns_json(*cells: tuple[str, float, float], **changes: object) -> str:
    """Column lists with one cell per (hash, accuracy, seconds), padded to 4 vertices."""
    keys, values, times = zip(*cells, strict=True)
    rows = [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0] * 4, [0.0] * 4]
    columns = {
        "108_final_validation_accuracy": values,
        "final_training_time": times,
        "trainable_parameters": [5356] * len(cells),
        "operations": [[*(_LABELS[label] for label in labels_of(key)), -3] for key in keys],
        "adjacency": [rows] * len(cells),
        "key": keys,
        "embedding": [[0.5, 0.5]] * len(cells),
    }
    return json.dumps({**columns, **changes})
