"""What makes two runs the same, as a dictionary that is hashed into the name of a run's folder.

Only settings that differ from `REFERENCE` enter it. So a setting that a later version adds changes
no run that does not use it; its first default is added here. Where the default of a setting changes
later, the reference stays: the new default then enters explicitly, and no run from before passes
for one with it.

Folders of version 0.1 hold all settings of that time. They are found too: `version_1` gives the
dictionary that their names were made from.
"""

import json
from collections.abc import Mapping
from typing import Any

from nasbench_templates.training.config import TrainConfig

# The default of every setting when it first appeared; never edited, only added to.
REFERENCE: Mapping[str, Any] = {
    "momentum": 0.9,
    "nesterov": False,
    "weight_decay": 0.0,
    "schedule": "cosine",
    "step_epochs": [],
    "step_factor": 0.1,
    "warmup_epochs": 0.0,
    "label_smoothing": 0.0,
    "clip_norm": None,
    "ema_momentum": None,
    "batch_norm_momentum": None,
    "synchronized_batch_norm": False,
    "augmentation": [],
    "precision": "float32",
    "use_xla": False,
    "zero_first_step": False,
    "deterministic": False,
    "mixing": None,
}
# Of them, those that version 0.1 left out of an identity at their default.
_LEFT_OUT_BY_VERSION_1 = ("mixing",)
# The settings that version 0.1 knew; a run that uses another cannot be one of its time.
_OF_VERSION_1 = frozenset((*REFERENCE, "epochs", "batch_size", "optimizer", "learning_rate"))


def training(config: TrainConfig) -> dict[str, Any]:
    """Returns the settings of a training that enter an identity."""
    return without_references(config.to_dict())


def without_references(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns settings by name without those that have their reference value."""
    return {
        name: value
        for name, value in settings.items()
        if name not in REFERENCE or value != REFERENCE[name]
    }


def normalized(config: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the identity in a `config.json` of this version or of version 0.1, to compare."""
    found = json.loads(json.dumps(dict(config)))
    found.pop("schema", None)  # of the file, not of the run
    if isinstance(found.get("training"), dict):
        found["training"] = without_references(found["training"])
    return found


def version_1(identity: Mapping[str, Any]) -> dict[str, Any] | None:
    """Returns an identity as version 0.1 wrote it; `None` for a run that it could not make."""
    chosen = dict(identity["training"])
    if set(chosen) - _OF_VERSION_1:
        return None
    known = {name: value for name, value in REFERENCE.items() if name not in _LEFT_OUT_BY_VERSION_1}
    return {**identity, "training": {**known, **chosen}}
