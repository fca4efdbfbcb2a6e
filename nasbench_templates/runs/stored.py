"""What the files of a run must look like, in one place: everybody who reads them asks here.

A file that is whole JSON may still be wrong: a flipped bit gives another word or number.
"""

from collections.abc import Mapping

STATUSES = ("finished", "interrupted", "failed")
FINISHED = STATUSES[0]

_COUNT = {"type": "integer", "minimum": 0}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_TEXT = {"type": "string"}
_WIDTHS = {"type": "array", "items": {"type": "integer", "minimum": 1}}

CONFIG = {
    "type": "object",
    "required": [
        "model", "graph_sha256", "template", "filters", "dataset", "data_checksum", "training",
        "seed", "backend", "smoke",
    ],
    "properties": {
        "model": _TEXT,
        "graph_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "template": _TEXT,
        "filters": _WIDTHS,
        "dataset": _TEXT,
        "data_checksum": _TEXT,
        "training": {"type": "object"},
        "seed": _COUNT,
        "backend": _TEXT,
        "smoke": {"type": "boolean"},
    },
}  # fmt: skip
RESULT = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"enum": list(STATUSES)},
        "template": _TEXT,
        "filters": _WIDTHS,
        "macs": _COUNT,
        "params": _COUNT,
        "trainable_params": _COUNT,
        "seed": _COUNT,
        "epochs": _COUNT,
        "val_accuracy": {**_SHARE, "type": ["number", "null"]},
        "test_accuracy": {**_SHARE, "type": ["number", "null"]},
        "train_seconds": {"type": "number", "minimum": 0},
        "latency_ms": {"type": ["number", "null"], "minimum": 0},
        "device": _TEXT,
        "data_source": _TEXT,
        "versions": {"type": "object", "additionalProperties": _TEXT},
    },
    "if": {"properties": {"status": {"const": FINISHED}}},
    "then": {
        "required": [
            "template", "filters", "seed", "data_checksum", "val_accuracy", "test_accuracy",
            "train_seconds", "device", "versions",
        ],
        "properties": {"test_accuracy": _SHARE},
    },
}  # fmt: skip
# What must be the same in a run's configuration and its result.
_AGREEING = ("template", "filters", "seed", "data_checksum")


def config_fault(config: object) -> str | None:
    """Returns what is wrong with the content of a `config.json`, `None` if nothing is."""
    return _fault(config, CONFIG, "config.json")


def result_fault(
    result: Mapping[str, object], config: Mapping[str, object] | None = None
) -> str | None:
    """Returns what is wrong with the content of a `result.json`, `None` if nothing is.

    Args:
        result: the content.
        config: of the same run, where a finished run's result must agree with it.
    """
    fault = _fault(result, RESULT, "result.json")
    if fault is not None or config is None or result["status"] != FINISHED:
        return fault
    differing = [name for name in _AGREEING if name in config and config[name] != result[name]]
    return f"result.json and config.json differ in {', '.join(differing)}" if differing else None


def _fault(content: object, schema: Mapping[str, object], name: str) -> str | None:
    if content is None:
        return f"no readable {name}"
    import jsonschema

    validator = jsonschema.Draft202012Validator(schema)
    error = next(
        iter(sorted(validator.iter_errors(content), key=lambda each: each.json_path)), None
    )
    if error is None:
        return None
    return f"{name}, {error.json_path.removeprefix('$.')}: {error.message[:200]}"
