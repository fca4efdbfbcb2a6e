"""Finds the module `nasbench`: an installed one, else ours in the repository."""

import importlib
import importlib.util
import pathlib
import sys

_OURS = pathlib.Path(__file__).parents[2] / "third_party" / "nasbench"

if importlib.util.find_spec("nasbench") is None:
    sys.path.insert(0, str(_OURS))

IS_ORIGINAL = not hasattr(importlib.import_module("nasbench"), "NASBENCH_TEMPLATES_VERSION")
