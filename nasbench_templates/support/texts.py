"""Text of unknown origin: read a line at a time or whole, and never more than a stated amount.

Any file may be named by mistake, and one without line ends, or one that decompresses to a thousand
times its size, would fill the memory before its reader sees that it is none of its own.
"""

import contextlib
import io
import pathlib
import zlib
from collections.abc import Iterator
from typing import IO, TextIO, cast

from nasbench_templates.support.errors import DataError, describe

# In characters. The longest cell that is read takes a tenth of it, a row of any table less.
LONGEST_LINE = 1 << 20
# Of text that is needed whole, in bytes, and of whole tables that are kept in memory.
MOST_BYTES = 1 << 28
_GZIP_MAGIC = b"\x1f\x8b"
_BLOCK_BYTES = 1 << 20


@contextlib.contextmanager
def opened(path: pathlib.Path) -> Iterator[TextIO]:
    """Gives the text of a file in UTF-8, plain or compressed with gzip.

    Raises:
        DataError: it is no text, in the block also where that shows later.
        OSError: it cannot be read.
    """
    with _told(path), path.open("rb") as file, _plain(file) as content:
        yield io.TextIOWrapper(content, "utf-8-sig")


def lines(file: TextIO, name: object) -> Iterator[str]:
    """Yields the lines of a text with their ends, as the file itself would.

    Args:
        file: at the beginning of a line.
        name: of the file, for the message.

    Raises:
        DataError: a line is longer than `LONGEST_LINE`; no more than that is read of it.
    """
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise DataError(
                f"{name}: line {number}: expected at most {LONGEST_LINE:,} characters, received "
                "more"
            )
        yield line


def read_lines(path: pathlib.Path) -> list[str]:
    """Returns the lines of a file in UTF-8 without their ends.

    Raises:
        DataError: it is no text, or has a line that is too long.
        OSError: it cannot be read.
    """
    with opened(path) as file:
        return [line.rstrip("\n") for line in lines(file, path)]


def read_whole(path: pathlib.Path, most_bytes: int = MOST_BYTES) -> str:
    """Returns the text of a file in UTF-8, plain or compressed with gzip.

    Args:
        path: of the file.
        most_bytes: that it may have, decompressed.

    Raises:
        DataError: it is no text, or has more bytes; then none of it is kept.
        OSError: it cannot be read.
    """
    with _told(path), path.open("rb") as file, _plain(file) as content:
        if content.seekable():
            _count(content, path, most_bytes)
            return content.read().decode("utf-8-sig")
        # A pipe cannot be read twice.
        blocks = io.BytesIO()
        while block := content.read(_BLOCK_BYTES):
            blocks.write(block)
            _check_size(blocks.tell(), path, most_bytes)
        return blocks.getvalue().decode("utf-8-sig")


def _count(content: IO[bytes], path: pathlib.Path, most_bytes: int) -> None:
    """Checks the size of what a file holds, and goes back to its beginning."""
    size = 0
    while block := content.read(_BLOCK_BYTES):
        size += len(block)
        _check_size(size, path, most_bytes)
    content.seek(0)


def _check_size(size: int, path: pathlib.Path, most_bytes: int) -> None:
    if size > most_bytes:
        raise DataError(f"{path}: expected at most {most_bytes:,} bytes, received more")


@contextlib.contextmanager
def _plain(file: io.BufferedReader) -> Iterator[IO[bytes]]:
    """Gives what a file holds, decompressed where it is compressed."""
    import gzip

    if not file.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC):
        yield file
        return
    with gzip.GzipFile(fileobj=file) as content:
        yield cast(IO[bytes], content)


@contextlib.contextmanager
def _told(path: pathlib.Path) -> Iterator[None]:
    """Lets faults of what a file holds name the file.

    Raises:
        DataError: in their place.
    """
    import gzip

    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: expected a complete gzip file: {describe(error)}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: expected a text file in UTF-8: {error}") from error
