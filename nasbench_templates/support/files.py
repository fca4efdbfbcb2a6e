"""Files that are either whole or not there: written to a temporary name and renamed."""

import contextlib
import errno
import json
import os
import pathlib
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, TextIO, TypeAlias

from absl import logging

from nasbench_templates.support import texts
from nasbench_templates.support.errors import ConfigError, describe

# A JSON object as it was read. What a value is, its reader knows; it checks what may be otherwise.
JsonObject: TypeAlias = dict[str, Any]
SCHEMA = 1
# What the system answers where this user cannot write.
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_PARTIAL = ".partial-"


@contextlib.contextmanager
def replacing(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Gives a temporary path with the same suffix, which becomes `path` when the block succeeds.

    Raises:
        OSError: it cannot be written; the error names `path`, and what was there stays.
    """
    with naming(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=_PARTIAL, suffix=path.suffix)
    os.close(handle)
    partial = pathlib.Path(name)
    try:
        with naming(path):
            yield partial
            partial.chmod(0o666 & ~umask())
            os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def naming(path: pathlib.Path) -> Iterator[None]:
    """Lets errors of the block that name no file, or a temporary one, name `path`.

    A full disk is reported without any name, and the temporary one tells nobody anything.

    Raises:
        OSError: the block's, with a name.
    """
    try:
        yield
    except OSError as error:
        named = pathlib.Path(str(error.filename or "")).parts
        is_temporary = any(part.startswith(_PARTIAL) for part in named)
        if error.errno is None or (named and not is_temporary):
            raise
        # The system's text: libraries add their own, with the number once more.
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def remove_partials(folder: pathlib.Path) -> None:
    """Removes what writers that were killed left in a folder."""
    for path in folder.glob(f"{_PARTIAL}*"):
        path.unlink(missing_ok=True)


def umask() -> int:
    """Returns the permissions that the process takes from new files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def replacing_text(path: pathlib.Path) -> Iterator[TextIO]:
    """Gives a text file in UTF-8 that becomes `path` when the block succeeds."""
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        yield file


def write_json(path: pathlib.Path, content: Mapping[str, object]) -> None:
    """Writes an object with sorted keys and the schema's number."""
    with replacing_text(path) as file:
        json.dump({"schema": SCHEMA, **content}, file, indent=2, sort_keys=True, allow_nan=False)
        file.write("\n")


def read_json(path: pathlib.Path) -> JsonObject | None:
    """Returns the object in a file; `None` where there is no whole file of this schema."""
    try:
        content = json.loads(texts.read_whole(path))
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return None
    is_ours = isinstance(content, dict) and content.get("schema") == SCHEMA
    return content if is_ours else None


def check_writable(folder: pathlib.Path) -> None:
    """Creates a folder and checks that files can be written there, before any work starts.

    Raises:
        ConfigError: it is a file, or below one.
        OSError: it cannot be created or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ConfigError(
            f"{folder}: expected a folder to write to, found a file there; choose another name"
        ) from None
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        # The folder was asked for, not the trial's random name in it.
        error.filename = str(folder)
        raise


def check_output(folder: pathlib.Path) -> None:
    """As `check_writable`, but a folder with files in it may be one that is only read.

    What is finished in it can be read back from an archive or another user's folder; what is not
    ends with an error when it is first written.

    Raises:
        ConfigError: it is a file, or below one.
        OSError: it cannot be created, or is empty and cannot be written to.
    """
    try:
        check_writable(folder)
    except OSError as error:
        holds_something = folder.is_dir() and any(folder.iterdir())
        if error.errno not in READ_ONLY or not holds_something:
            raise


@contextlib.contextmanager
def kept_where_possible() -> Iterator[None]:
    """Logs instead of failing where the block writes into a folder that is only read."""
    try:
        yield
    except OSError as error:
        if error.errno not in READ_ONLY:
            raise
        logging.warning("not kept: %s", describe(error))
