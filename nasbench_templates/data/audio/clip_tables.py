"""Reads tables that list audio files with their classes and folds, such as ESC-50's."""

import csv
import itertools
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_templates.data.audio.decoding import CLIPS
from nasbench_templates.data.core import file_search, labelled_files, notes, splits
from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.core.notes import Note
from nasbench_templates.support import texts
from nasbench_templates.support.errors import ConfigError, DataError, describe

# Names of columns, the preferred one first.
FILE_COLUMNS = ("filename", "file_name", "file", "path")
CLASS_COLUMNS = ("category", "class", "label", "genre", "target")
# Numbers the classes where the table does.
_NUMBER_COLUMN = "target"
_FOLD_COLUMN = "fold"
# Folders that a table's files are relative to, below the data set's.
_FOLDERS = ("audio", ".")
Parts = tuple[LabelledFiles, LabelledFiles, LabelledFiles]


@dataclass(frozen=True, slots=True, eq=False)
class ClipTable:
    """The clips of a table that are there.

    Attributes:
        files: in the table's order.
        classes: names by label, of the clips that are there.
        folds: fold of each clip, int64, shape `(clips,)`; empty if the table has none.
        path: of the table.
        num_listed: clips that the table lists, there or not.
        missing: the first few that are not there.
    """

    files: LabelledFiles
    classes: tuple[str, ...]
    folds: np.ndarray
    path: Path
    num_listed: int
    missing: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all clips that are listed are there."""
        return self.files.num_images == self.num_listed

    def notes(self) -> tuple[Note, ...]:
        """Returns a note if clips are listed that are not there, or are there and not listed."""
        found = []
        if not self.is_whole:
            missing = self.num_listed - self.files.num_images
            text = (
                f"{self.path}: {self.files.num_images} of {self.num_listed} listed clips are "
                "there; the others are left out"
            )
            found.append(Note(notes.SKIPPED, missing, text, self.missing))
        folder = os.path.commonpath([os.path.dirname(name) for name in self.files.names])
        listed = {os.path.relpath(name, folder or ".") for name in self.files.names}
        there = file_search.find(self.files.root / folder, CLIPS)
        unlisted = [name for name in there if os.path.normpath(name) not in listed]
        groups = {f"not listed in {self.path}": unlisted}
        return (*found, *notes.tallied(notes.SKIPPED, "clips were left out", groups))

    @property
    def fold_numbers(self) -> tuple[int, ...]:
        """The folds, sorted."""
        return tuple(sorted(set(self.folds.tolist())))

    def split_by_fold(self, fold: int | None, name: str) -> tuple[Parts, str]:
        """Returns train, validation and test for one round of a cross-validation, and its name.

        The fold is the test part and the next one (after the last comes the first) the validation
        part. Validation is a whole fold because clips of one recording are always in one fold; a
        part of the training folds would be easier than it should.

        Args:
            fold: tested; `None`: the first.
            name: of the data set, for messages.

        Raises:
            ConfigError: there is no such fold.
            DataError: there are fewer than three folds.
        """
        numbers = self.fold_numbers
        if len(numbers) < 3:
            raise DataError(f"{name}: expected at least 3 folds, received {len(numbers)}")
        test = numbers[0] if fold is None else fold
        if test not in numbers:
            raise ConfigError(
                f"{name}: expected a fold of {', '.join(map(str, numbers))}, received {fold}"
            )
        validation = numbers[(numbers.index(test) + 1) % len(numbers)]
        is_other = ~np.isin(self.folds, (test, validation))
        rows = (is_other, self.folds == validation, self.folds == test)
        parts = (self.files.take(np.flatnonzero(each)) for each in rows)
        train, checked, tested = parts
        return (train, checked, tested), f"test fold {test}, validation fold {validation}"


def read(path: Path, root: Path) -> ClipTable:
    """Reads a table.

    Listed files that are not there are left out, so that a part of a data set is a
    data set; a class without any file is not a class then.

    Args:
        path: CSV with a header: a column of `FILE_COLUMNS` and one of `CLASS_COLUMNS`, perhaps
            `fold`; `target` may number the classes.
        root: folder of the data set; files are in its folder `audio` or in itself.

    Raises:
        DataError: the table cannot be read, lacks a column, names a file twice, by a whole path
            outside the folder or without a class, or a fold that is no number, numbers a class
            twice, has classes that differ only in blanks, or none of its files is there.
    """
    rows = _rows(path)
    file_column = _column(rows[0], FILE_COLUMNS, path)
    for row in rows:
        row[file_column] = _below(root, row[file_column], path)
    names = [row[file_column] for row in rows]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise DataError(
            f"{path}: expected every file once, received several times: {notes.shorten(repeated)}"
        )
    folder = next((each for each in _FOLDERS if (root / each / names[0]).parent.is_dir()), ".")
    found = [row for row in rows if (root / folder / row[file_column]).is_file()]
    if not found:
        raise DataError(f"{path}: expected its files in {root / folder}, found none")
    class_column = _column(rows[0], CLASS_COLUMNS, path)
    classes = _classes(found, class_column, path)
    stats = [(root / folder / row[file_column]).stat() for row in found]
    files = labelled_files.make_files(
        root,
        [f"{folder}/{row[file_column]}".removeprefix("./") for row in found],
        [stat.st_size for stat in stats],
        [stat.st_mtime_ns for stat in stats],
        [classes.index(row[class_column]) for row in found],
    )
    there = {row[file_column] for row in found}
    missing = [name for name in names if name not in there][: notes.SHOWN]
    return ClipTable(files, classes, _folds(found, path), path, len(rows), tuple(missing))


def _below(root: Path, name: str, table: Path) -> str:
    """Returns a file's name in a table, relative to the data set's folder if it is a whole path."""
    if not os.path.isabs(name):
        return name
    # By way of links too; a clip itself may be a link to anywhere.
    path = Path(name)
    whole = path.parent.resolve() / path.name
    if not whole.is_relative_to(root.resolve()):
        raise DataError(
            f"{table}: expected files below the data set's folder {root}, received {name}"
        )
    return whole.relative_to(root.resolve()).as_posix()


def is_table(path: Path) -> bool:
    """Returns whether a file is a CSV with the columns of a table, and an audio file in its first.

    Tables of images have the same columns.
    """
    try:
        with texts.opened(path) as file:
            row = next(_reader(texts.lines(file, path)), {})
    except (OSError, DataError, csv.Error):
        return False
    named = [row[column] for column in FILE_COLUMNS if column in row]
    is_audio = bool(named) and CLIPS.has_ending(named[0])
    return is_audio and any(column in row for column in CLASS_COLUMNS)


def _reader(lines: Iterator[str]) -> "csv.DictReader[str]":
    """Returns the rows, by names of columns in small letters; they are divided by , or by ;."""
    header = next(lines, "")
    divider = ";" if ";" in header and "," not in header else ","
    reader = csv.DictReader(itertools.chain([header], lines), restval="", delimiter=divider)
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
    return reader


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with texts.opened(path) as file:
            rows = list(_reader(texts.lines(file, path)))
    except (OSError, csv.Error) as error:
        raise DataError(f"{path}: expected a CSV table: {describe(error)}") from error
    if not rows:
        raise DataError(f"{path}: expected at least one clip below the header, received none")
    return rows


def _column(row: Mapping[str, str], names: Sequence[str], path: Path) -> str:
    for name in names:
        if name in row:
            return name
    raise DataError(
        f"{path}: expected a column {' or '.join(names)}, received {', '.join(map(str, row))}"
    )


def _classes(rows: Iterable[Mapping[str, str]], column: str, path: Path) -> tuple[str, ...]:
    """Returns the classes by the table's own numbers where it has some, else by name."""
    rows = list(rows)
    if any(not row[column].strip() for row in rows):
        raise DataError(f"{path}: expected a class in column {column} of every clip, found none")
    splits.check_class_names({row[column] for row in rows}, str(path))
    numbers: dict[str, set[str]] = {}
    for row in rows:
        numbers.setdefault(row[column], set()).add(row.get(_NUMBER_COLUMN, ""))
    for name, own in numbers.items():
        if len(own) > 1:
            raise DataError(
                f"{path}: expected one {_NUMBER_COLUMN} for class {name}, received {sorted(own)}"
            )
    texts = {name: own.pop() for name, own in numbers.items()}
    if all(text.isdecimal() for text in texts.values()):
        return tuple(sorted(texts, key=lambda name: int(texts[name])))
    return tuple(sorted(texts))


def _folds(rows: Sequence[Mapping[str, str]], path: Path) -> np.ndarray:
    if _FOLD_COLUMN not in rows[0]:
        return np.zeros(0, np.int64)
    try:
        return np.array([int(row[_FOLD_COLUMN]) for row in rows], np.int64)
    except ValueError as error:
        raise DataError(f"{path}: expected numbers in column fold: {describe(error)}") from error
