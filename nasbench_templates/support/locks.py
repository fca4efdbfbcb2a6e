"""Locks that keep two processes from writing the same results.

They are file locks: the system gives them back when a process ends, in whatever way, so a killed
one leaves nothing that stops the next.
"""

import contextlib
import errno
import os
import pathlib
from collections.abc import Iterator

from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError, HeldError

# What file systems answer that have no such locks.
_WITHOUT_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)
_SECONDS_BETWEEN_LOOKS = 0.05


@contextlib.contextmanager
def held(path: pathlib.Path, output: pathlib.Path, *, is_waiting: bool = False) -> Iterator[bool]:
    """Holds a lock in the block, and gives whether it does: not where the file system has none.

    Nor where this user cannot write: what the lock is for can only be read then.

    Args:
        path: the lock's file, which is there only while it is held or after a kill.
        output: what the lock is for, named in the message.
        is_waiting: whether to wait for another holder instead of refusing.

    Raises:
        HeldError: it is held already, by another process or by this one.
        ConfigError: a symbolic link is in its place.
        OSError: the file cannot be created.
    """
    # Loaded here: most commands hold no lock.
    import filelock

    # Not soft: the file that stands in for a lock would outlive a killed process.
    lock = filelock.FileLock(path, fallback_to_soft=False, poll_interval=_SECONDS_BETWEEN_LOOKS)
    try:
        with contextlib.suppress(filelock.Timeout):
            lock.acquire(blocking=False)
        if not lock.is_locked:
            # A file that its holder removed during the first look is no refusal; this one decides.
            lock.acquire(blocking=is_waiting)
    except filelock.Timeout:
        raise HeldError(
            f"{output}: expected no other process at work there, one is writing it (it holds "
            f"{path.name}); wait until it ends, or choose another output"
        ) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ConfigError(
                f"{path}: expected a lock of our own, found a symbolic link; remove it"
            ) from None
        is_read_only = error.errno in files.READ_ONLY and not os.access(path.parent, os.W_OK)
        if error.errno not in _WITHOUT_LOCKS and not is_read_only:
            raise
    try:
        yield lock.is_locked
    finally:
        if os.name != "nt":  # where an open file stays, and the library removes it afterwards
            # Before it is given up: the next holder's file must stay.
            with contextlib.nullcontext() if lock.is_locked else contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        lock.release()
