"""NAS-Bench-101 cells and image classifiers under filter distribution templates.

    import nasbench_templates as nt

    base, flat = nt.match("vgg19", ["base", "b"])  # the same operations, other widths
    model = nt.build(flat)  # a plain keras.Model
    run = nt.train(flat, "digits", epochs=2, output_dir="run")

Importing this package, and touching any of its names, loads neither TensorFlow nor pandas; a name
is found at its first use.
"""

from importlib import import_module

from nasbench_templates.support.version import __version__ as __version__

# Name -> module that has it. No folder of the package is called like one of them: importing such a
# folder would put itself in the name's place.
_NAMES = {
    "architectures": "nasbench_templates.networks.registered",
    "build": "nasbench_templates.face",
    "collect": "nasbench_templates.face_sweeps",
    "evaluate": "nasbench_templates.face",
    "load_dataset": "nasbench_templates.face",
    "match": "nasbench_templates.face",
    "match_cells": "nasbench_templates.face_cells",
    "network": "nasbench_templates.face",
    "records": "nasbench_templates.face",
    "search": "nasbench_templates.face_search",
    "search_records": "nasbench_templates.face",
    "sweep": "nasbench_templates.face_sweeps",
    "templates": "nasbench_templates.distributions.registered",
    "train": "nasbench_templates.face",
}
# Their module imports Keras: these are found when they are called.
_WITH_KERAS = ("cost", "from_keras", "retemplate", "rule", "slots")
_KERAS_MODULE = "nasbench_templates.keras_io.api"

__all__ = ["__version__", *_NAMES, *_WITH_KERAS]


def __getattr__(name: str) -> object:
    found: object
    if name in _NAMES:
        found = getattr(import_module(_NAMES[name]), name)
    elif name in _WITH_KERAS:
        from nasbench_templates.support.deferred import DeferredFunction

        found = DeferredFunction(_KERAS_MODULE, name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES, *_WITH_KERAS})
