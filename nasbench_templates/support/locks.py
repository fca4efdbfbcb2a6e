"""Locks that keep two processes from writing the same results.

They are file locks (POSIX): the system gives them back when a process ends, in whatever way, so a
killed one leaves nothing that stops the next.
"""

import contextlib
import errno
import fcntl
import os
import pathlib
from collections.abc import Iterator

from nasbench_templates.support.errors import ConfigError, HeldError

# What file systems answer that have no such locks.
_WITHOUT_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)


@contextlib.contextmanager
def held(path: pathlib.Path, output: pathlib.Path) -> Iterator[None]:
    """Holds a lock in the block; where the file system has none, nothing is checked.

    Args:
        path: the lock's file, which is there only while it is held or after a kill.
        output: what the lock is for, named in the message.

    Raises:
        HeldError: it is held already, by another process or by this one.
        ConfigError: a symbolic link is in its place.
        OSError: the file cannot be created.
    """
    lock = _acquire(path)
    if lock is None:
        raise HeldError(
            f"{output}: expected no other process at work there, one is writing it (it holds "
            f"{path.name}); wait until it ends, or choose another output"
        )
    try:
        yield
    finally:
        # Before it is given up: the next holder's file must stay.
        path.unlink(missing_ok=True)
        os.close(lock)


def _acquire(path: pathlib.Path) -> int | None:
    """Returns the open file of a lock that is now held here, `None` if another holds it."""
    while True:
        try:
            # No link is followed: it would have us create a file wherever it points.
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            raise ConfigError(
                f"{path}: expected a lock of our own, found a symbolic link; remove it"
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        except OSError as error:
            if error.errno not in _WITHOUT_LOCKS:
                os.close(lock)
                raise
            return lock
        if _is_at(lock, path):
            return lock
        # Its holder ended, and removed it, between the two calls.
        os.close(lock)


def _is_at(lock: int, path: pathlib.Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except FileNotFoundError:
        return False
