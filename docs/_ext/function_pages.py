"""The reference of the package's public names, from their docstrings."""

import importlib

import nasbench_templates as nt

_FUNCTIONS = {
    "Networks and templates": ("network", "match", "architectures", "templates"),
    "Models and training": ("build", "train", "evaluate", "load_dataset"),
    "Any Keras model": ("cost", "retemplate", "slots", "from_keras", "rule"),
    "Benchmark records": ("records",),
}
_CLASSES = {
    "What the functions take and return": (
        "design.design.Design",
        "design.designs.Designs",
        "design.settings.NetworkSettings",
        "design.settings.MatchSettings",
        "design.settings.Budget",
        "graph.counts.Cost",
        "networks.architecture.Architecture",
        "networks.cells.Cell",
        "training.config.TrainConfig",
        "execution.evaluation.EvaluationRow",
        "data.core.dataset.Dataset",
        "benchmark_records.opening.RecordTable",
        "networks.cost_rows.ModelCost",
        "support.registry.Registry",
    ),
    "Errors": (
        "support.errors.SpecError",
        "support.errors.BudgetError",
        "support.errors.ConfigError",
        "support.errors.UnknownNameError",
        "support.errors.DataError",
        "support.errors.RecordError",
        "support.errors.TrainingError",
    ),
}


def markdown() -> str:
    """Returns a section for each group of names; names without a group come last."""
    grouped = {name for names in _FUNCTIONS.values() for name in names}
    others = tuple(name for name in nt.__all__ if name not in grouped and name[0] != "_")
    groups = {**_FUNCTIONS, **({"More": others} if others else {})}
    parts = []
    for title, names in groups.items():
        parts += [f"## {title}", *(_name(name) for name in names)]
    for title, names in _CLASSES.items():
        parts += [f"## {title}", *(_directive("autoclass", name) for name in names)]
    return "\n\n".join(parts)


def _name(name: str) -> str:
    found = getattr(nt, name)
    if not callable(found):
        return f"`{name}`\n: {type(found).__name__} of {_described(found)}"
    module = getattr(found, "_module", None) or found.__module__
    kind = "autoclass" if isinstance(found, type) else "autofunction"
    return _directive(kind, f"{module}.{name}".removeprefix("nasbench_templates."))


def _described(registry: object) -> str:
    return f"{', '.join(f'`{each}`' for each in registry)}"


def _directive(kind: str, name: str) -> str:
    module, _, member = name.rpartition(".")
    found = getattr(importlib.import_module(f"nasbench_templates.{module}"), member)
    lines = ["```{eval-rst}", f".. {kind}:: nasbench_templates.{name}"]
    if kind == "autoclass":
        # Fields of named tuples are described by the class.
        fields = ", ".join(getattr(found, "_fields", ()))
        lines += ["   :members:", *([f"   :exclude-members: {fields}"] if fields else [])]
    return "\n".join([*lines, "```"])
