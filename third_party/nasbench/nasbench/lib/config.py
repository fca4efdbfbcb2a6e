"""The benchmark's configuration as a plain dictionary; no flags are defined.

Source: docs/nasbench101.md, section 10.
"""

from nasbench_templates.networks.cells import BENCHMARK_OPS, MAX_EDGES, MAX_VERTICES

_DEFAULTS = {
    "train_data_files": [],
    "valid_data_file": "",
    "test_data_file": "",
    "sample_data_file": "",
    "data_format": "channels_last",
    "num_labels": 10,
    "module_vertices": MAX_VERTICES,
    "max_edges": MAX_EDGES,
    "available_ops": list(BENCHMARK_OPS),
    "stem_filter_size": 128,
    "num_stacks": 3,
    "num_modules_per_stack": 3,
    "batch_size": 256,
    "train_epochs": 108,
    "train_seconds": 14400.0,
    "learning_rate": 0.1,
    "lr_decay_method": "COSINE_BY_STEP",
    "momentum": 0.9,
    "weight_decay": 1e-4,
    "max_attempts": 5,
    "intermediate_evaluations": ["0.5"],
    "num_repeats": 3,
    "use_tpu": True,
    "tpu_iterations_per_loop": 100,
    "tpu_num_shards": 2,
}


def build_config() -> dict[str, object]:
    """Returns a new dictionary with the benchmark's values, yours to change."""
    return {
        key: list(value) if isinstance(value, list) else value for key, value in _DEFAULTS.items()
    }
