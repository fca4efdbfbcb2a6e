"""Folders of made-up runs and studies."""

import hashlib
import json

from nasbench_templates.papers import outputs
from nasbench_templates.report.result_tables import Column, ResultTable
from nasbench_templates.support import files

TEMPLATES = {"base": (64, 20_035_018), "b": (153, 3_170_782), "c": (165, 1_891_695)}
VERSIONS = {"keras": "3.9", "python": "3.11"}


def sha256(text):
    """Returns a hash like those of graphs."""
    return hashlib.sha256(text.encode()).hexdigest()


def write_run(root, template, seed, accuracy, status="finished", network="vgg19", **changes):
    """Writes one run folder below `root` and returns it."""
    width, params = TEMPLATES[template]
    prefix = "" if network == "vgg19" else f"{network}-"
    folder = root / "runs" / f"{prefix}{template}-seed{seed}"
    folder.mkdir(parents=True)
    config = {
        "model": "vgg19", "template": template, "filters": [width] * 2, "dataset": "digits",
        "graph_sha256": sha256(template),
        "data_checksum": "ab" * 32, "training": {"epochs": 2},
        "seed": seed, "backend": "tensorflow", "smoke": False, **changes,
    }  # fmt: skip
    files.write_json(folder / "config.json", config)
    files.write_json(folder / "architecture.json", {"network": network})
    result = {
        "status": status, "test_accuracy": accuracy, "val_accuracy": None, "epochs": 2,
        "params": params, "trainable_params": params - 8, "macs": 10 * params,
        "latency_ms": 2.0, "train_seconds": 1.5,
        "device": "cpu", "versions": VERSIONS, "data_source": "embedded <digits>",
        **{name: config[name] for name in ("template", "filters", "seed", "data_checksum")},
    }  # fmt: skip
    files.write_json(folder / "result.json", result)
    return folder


def write_runs(root):
    """Writes three seeds of three templates: b is about 1 point above the base, c scatters."""
    for seed, base in enumerate((0.90, 0.80, 0.70)):
        write_run(root, "base", seed, base)
        write_run(root, "b", seed, base + (0.009, 0.012, 0.009)[seed])
        write_run(root, "c", seed, base + (-0.05, 0.05, 0.0)[seed])


def write_study(folder):
    """Writes the results of a study of two rows."""
    folder.mkdir(parents=True)
    rows = (
        {"dataset": "digits", "network": "vgg19", "template": "base", "seeds": 3,
         "test_accuracy_percent": 80.0, "test_accuracy_std": 10.0, "trainable_params": 20035018},
        {"dataset": "digits", "network": "vgg19", "template": "b", "seeds": 3,
         "test_accuracy_percent": 81.0, "test_accuracy_std": 10.0, "trainable_params": 3170782},
    )  # fmt: skip
    columns = (
        Column("template", "template"),
        Column("test_accuracy_percent", "acc %", 2, "test_accuracy_std", max),
        Column("trainable_params", "params", best=min),
    )
    table = ResultTable("Tiny <study>", columns, rows, note="small scale")
    about = {
        "study": "tiny", "command": "python tiny.py", "scale": "small", "reductions": ["two rows"],
        "device": "cpu",
        "versions": VERSIONS, "data_checksums": {"digits": "ab" * 32},
        "runs": {"finished": 6, "all": 6},
    }  # fmt: skip
    outputs.write(folder, table, about)
    return json.loads((folder / "results.json").read_text("utf-8"))
