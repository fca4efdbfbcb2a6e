"""Where the files of a data set may lie below the folder that the user named.

Only looks; reading is done by the module of each format.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from nasbench_templates.support.errors import DataError


def check_folder(data_dir: Path, name: str) -> Path:
    """Returns `data_dir` if it is a folder.

    Args:
        data_dir: folder named by the user.
        name: the data set wanted, for the message.

    Raises:
        DataError: it does not exist or is not a folder.
    """
    if not data_dir.is_dir():
        found = "a file" if data_dir.exists() else "nothing"
        raise DataError(f"{name}: expected a folder at {data_dir}, found {found}")
    return data_dir


def existing(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Returns those of `folders` that exist, in their order."""
    return tuple(folder for folder in folders if folder.is_dir())


def first_file(folder: Path, names: Iterable[str]) -> Path | None:
    """Returns the first of `names` that is a file in `folder`, or `None`."""
    return next((folder / name for name in names if (folder / name).is_file()), None)


def not_found(name: str, expected: str, places: Sequence[Path]) -> DataError:
    """Returns the error for a data set that was found in none of `places`.

    Args:
        name: the data set wanted.
        expected: the files that one of the places should hold.
        places: folders looked at, existing or not.
    """
    looked_at = ", ".join(str(place) for place in places)
    return DataError(f"{name}: expected {expected} in one of {looked_at}; found none of them")


def required(data_dir: Path | None, name: str) -> Path:
    """Returns `data_dir` if it is a folder, for data sets that are not downloaded.

    Raises:
        DataError: it is `None`, does not exist or is not a folder.
    """
    if data_dir is None:
        raise DataError(f"{name}: expected --data_dir=FOLDER with its files; it is not downloaded")
    return check_folder(data_dir, name)
