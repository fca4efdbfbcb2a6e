"""The machine to oneself: what is timed is timed by one process at a time."""

import contextlib
import getpass
import os
import pathlib
import tempfile
from collections.abc import Iterator

from nasbench_templates.support import locks


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Waits until no other process of this user measures on this machine; keeps them waiting.

    Processes that train meanwhile are not stopped.
    """
    path = pathlib.Path(tempfile.gettempdir()) / f"nasbench_templates-{_user()}.measuring"
    with contextlib.ExitStack() as stack:
        # Without a place for a lock: better measured beside others than not at all.
        with contextlib.suppress(OSError):
            stack.enter_context(locks.held(path, path, is_waiting=True))
        yield


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
