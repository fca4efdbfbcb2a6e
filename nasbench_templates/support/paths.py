"""Paths as people write them."""

import os
import pathlib

from nasbench_templates.support.errors import ConfigError


def at_home(path: str | os.PathLike[str]) -> pathlib.Path:
    """Returns a path with the user's home, or another's, in the place of `~` or `~name`.

    Raises:
        ConfigError: the home is not known.
    """
    expanded = os.path.expanduser(path)
    if os.fspath(expanded).startswith("~"):
        raise ConfigError(
            f"{path}: expected a home folder for ~, found none; a file that is called so is "
            f"./{path}"
        )
    return pathlib.Path(expanded)
