"""The libraries of the extra `audio`, imported where they are needed."""

import atexit
import functools
import importlib
import os
import shutil
import tempfile
from pathlib import Path
from types import ModuleType

from absl import logging

from nasbench_templates.support.errors import ConfigError, describe


def import_library(name: str) -> ModuleType:
    """Returns a module.

    Args:
        name: `librosa`, `soundfile` or `soxr`.

    Raises:
        ConfigError: it is not installed; the message tells how it is.
        ImportError: it is installed and cannot be loaded.
    """
    _have_cache()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"expected {name}, which audio needs, received {describe(error)}; "
            "pip install 'nasbench_templates[audio]'"
        ) from error


@functools.lru_cache(maxsize=1)
def _have_cache() -> None:
    """Gives the process a folder for caches where the user has none that can be written to.

    librosa asks for it when its parts are first used, and the compiler that it uses (numba) refuses
    to work without one.
    """
    if os.environ.get("XDG_CACHE_HOME"):
        return
    try:
        home = Path.home()
    except RuntimeError:
        home = None
    if home and any(os.access(place, os.W_OK) for place in (home / ".cache", home)):
        return
    folder = tempfile.mkdtemp(prefix="nasbench_templates-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["XDG_CACHE_HOME"] = folder
    logging.warning("there is no home folder to write to: nothing is cached beyond this command")
