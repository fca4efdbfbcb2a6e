"""The libraries of the extra `audio`, imported where they are needed."""

import importlib
from types import ModuleType

from nasbench_templates.support.errors import ConfigError, describe


def import_library(name: str) -> ModuleType:
    """Returns a module.

    Args:
        name: `librosa`, `soundfile` or `soxr`.

    Raises:
        ConfigError: it is not installed; the message tells how it is.
        ImportError: it is installed and cannot be loaded.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"expected {name}, which audio needs, received {describe(error)}; "
            "pip install 'nasbench_templates[audio]'"
        ) from error
