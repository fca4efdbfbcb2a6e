"""Standard output and error of a command: results leave in one piece, readers may leave early.

Rows that are printed one after another would reach a file that several commands append to in
pieces, and one reader of `2>&1 | head -1` would turn a finished run into a failed one.
"""

import contextlib
import io
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing_extensions import Buffer

# Results up to this size are one write; longer ones leave in pieces of it.
_BUFFER_BYTES = 1 << 20


def run(action: Callable[[], int]) -> int:
    """Returns the exit status of an action, also where nobody reads its results to the end.

    Raises:
        OSError: standard output cannot be written to, for another reason than a reader that left
            after the last result; whatever the action raises.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name or a class that the terminal's encoding lacks is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    plain = sys.stdout
    wide = _widened(plain)
    if wide is None:
        return action()
    sys.stdout = wide
    try:
        status = action()
        # What was done is done, whether somebody reads of it or not.
        with contextlib.suppress(BrokenPipeError):
            wide.flush()
        return status
    finally:
        sys.stdout = plain
        _let_go(wide)


def provide_errors() -> None:
    """Gives a process that was started without standard error one that nobody reads.

    Progress and messages need a stream, and the next file that is opened would take its number and
    receive what libraries write there.
    """
    if sys.stderr is not None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.fstat(2)
    except OSError:
        os.dup2(nowhere, 2)
    sys.stderr = io.TextIOWrapper(io.FileIO(nowhere, "w"), "utf-8", "backslashreplace")


def settle_errors() -> None:
    """Gives up standard error where its reader left, so that the interpreter ends in peace."""
    if sys.stderr is not None:
        _let_go(sys.stderr)


class _Output(io.FileIO):
    """A file whose errors call it standard output; the system's name no file."""

    def write(self, content: "Buffer") -> int:
        """Writes some of the content and returns how much.

        Raises:
            OSError: it cannot be written to.
        """
        try:
            return super().write(content) or 0
        except OSError as error:
            raise OSError(error.errno, error.strerror, "standard output") from error


def _widened(stream: TextIO) -> TextIO | None:
    """Returns a stream with a large buffer to the same file; `None` for terminals and stand-ins."""
    try:
        if not isinstance(stream, io.TextIOWrapper) or stream.isatty():
            return None
        stream.flush()
        raw = _Output(stream.fileno(), "w", closefd=False)
        buffer = io.BufferedWriter(raw, _BUFFER_BYTES)
        return io.TextIOWrapper(buffer, stream.encoding, "backslashreplace")
    except (OSError, ValueError):
        return None


def _let_go(stream: TextIO) -> None:
    """Flushes a stream; what cannot be written is lost, without a word at the interpreter's end."""
    try:
        stream.flush()
    except (OSError, ValueError):
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            stream.flush()
        except (OSError, ValueError):
            return  # closed, or no file at all
