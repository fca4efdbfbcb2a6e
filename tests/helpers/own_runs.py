"""Finished runs of cells, as `evaluate` leaves them; no figure is a measurement."""

import json

NODES = (
    {"name": "image"},
    {"name": "stem_conv", "filters": 16},
    {"name": "stack2_module0_v1", "filters": 5},
)


def write_run(
    folder, cell, *, seed=0, epochs=2, template="base", status="finished", params=77,
    shape=(8, 8, 1), nodes=NODES, **config,
):  # fmt: skip
    """Writes one run folder; `cell` has a matrix and operations, or is `None`."""
    folder.mkdir(parents=True)
    both = {"template": template, "filters": [16], "seed": seed, "data_checksum": "1"}
    contents = {
        "config": {
            **both, "model": "nasbench101", "graph_sha256": "ab" * 32, "dataset": "digits",
            "training": {"epochs": epochs}, "backend": "tensorflow", "smoke": False, **config,
        },
        "architecture": {
            "cell": cell and {"matrix": cell.matrix, "ops": cell.ops},
            "input_shape": shape,
            "graph": {"nodes": nodes},
        },
        "result": {
            **both, "status": status, "epochs": epochs, "trainable_params": params,
            "train_seconds": 3.5 + seed, "val_accuracy": 0.75, "test_accuracy": 0.5,
            "device": "cpu", "versions": {"keras": "3.9"},
        },
    }  # fmt: skip
    for name, content in contents.items():
        (folder / f"{name}.json").write_text(json.dumps({"schema": 1, **content}))
    lines = [{"epoch": epoch, "seconds": 1.25, "val_accuracy": 0.1 * epoch} for epoch in (1, 2)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder
