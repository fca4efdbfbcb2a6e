"""The machine to oneself: what is timed is timed by one process at a time."""

import contextlib
import getpass
import os
import pathlib
import tempfile
import time
from collections.abc import Iterator

from nasbench_templates.support import locks
from nasbench_templates.support.errors import HeldError

_WAIT_S = 0.05


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Waits until no other process of this user measures on this machine; keeps them waiting.

    Processes that train meanwhile are not stopped.
    """
    path = pathlib.Path(tempfile.gettempdir()) / f"nasbench_templates-{_user()}.measuring"
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(locks.held(path, path))
                break
            except HeldError:
                time.sleep(_WAIT_S)
            except OSError:
                break  # nowhere to put a lock: better measured beside others than not at all
        yield


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
