"""Text of small record files in the layouts of the published extracts.

All cells share one graph: input, maxpool3x3, output.
"""

import json
from collections.abc import Sequence

_GRAPH = "010;001;000,input|maxpool3x3|output,5356"
_VAL_COLUMNS = (
    "module_hash,num_vertices,module_adjacency,module_operations,trainable_parameters,"
    "final_training_time,val_acc_4,val_acc_108,graph_source"
)
_TEST_COLUMNS = (
    "module_hash,module_adjacency,module_operations,trainable_parameters,test_acc_12,test_acc_108"
)


def val_csv(*rows: tuple[str, object, object]) -> str:
    """A validation extract with one row per (hash, accuracy, seconds)."""
    lines = [f"{key},3,{_GRAPH},{time},0.1,{value},published" for key, value, time in rows]
    return "\n".join([_VAL_COLUMNS, *lines]) + "\n"


def draws_csv(*rows: tuple[str, object]) -> str:
    """A test extract with one row per (hash, accuracy)."""
    return "\n".join([_TEST_COLUMNS, *(f"{key},{_GRAPH},0.1,{value}" for key, value in rows)])


def full_json(key: str, repeats: Sequence[tuple[float, float, float]]) -> str:
    """A full record with one repeat per (validation accuracy, test accuracy, seconds)."""
    record = {
        "module_hash": key,
        "fixed_statistics": {
            "module_adjacency": [[0, 1, 0], [0, 0, 1], [0, 0, 0]],
            "module_operations": ["input", "maxpool3x3", "output"],
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
        "operations": [[-1, 2, -2, -3]] * len(cells),
        "adjacency": [rows] * len(cells),
        "key": keys,
        "embedding": [[0.5, 0.5]] * len(cells),
    }
    return json.dumps({**columns, **changes})
