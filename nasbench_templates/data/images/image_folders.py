"""Lists files in folders that are named after their class, and in the folders inside those.

What is left out is told: hidden files, links to nothing, and files that are not of the kind wanted,
by default images.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from nasbench_templates.data.core import file_search, labelled_files, notes
from nasbench_templates.data.core.file_search import FileKind, Skipped
from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.images import image_decoding
from nasbench_templates.support.errors import DataError

IMAGES = FileKind(
    "images",
    frozenset(
        (
            ".apng", ".avif", ".bmp", ".dib", ".gif", ".ico", ".j2k", ".jfif", ".jp2", ".jpe",
            ".jpeg", ".jpg", ".mpo", ".pbm", ".pcx", ".pgm", ".png", ".pnm", ".ppm", ".qoi",
            ".tga", ".tif", ".tiff", ".webp",
        )
    ),
    image_decoding.is_image,
)  # fmt: skip
# What parts of a data set are called. `train` must be spelled so; a class is never called so.
_PART_NAMES = frozenset(
    ("train", "training", "test", "testing", "val", "valid", "validation", "eval", "dev")
)


def class_names(folder: Path) -> tuple[str, ...]:
    """Returns the names of the folders in `folder`, sorted; none if it is no folder.

    Hidden folders and those that systems leave behind are no classes.
    """
    if not folder.is_dir():
        return ()
    with os.scandir(folder) as entries:
        return tuple(
            sorted(
                each.name
                for each in entries
                if each.name[0] != "."
                and not file_search.is_left_behind(each.name)
                and each.is_dir()
            )
        )


def part_names(names: Sequence[str]) -> list[str]:
    """Returns those names that are a part's in any spelling, such as `Train` or `validation`."""
    return [name for name in names if name.lower() in _PART_NAMES]


def list_part(
    root: Path,
    part: str,
    classes: Sequence[str],
    images_folder: str = "",
    kind: FileKind = IMAGES,
    skipped: Skipped | None = None,
) -> LabelledFiles:
    """Returns the files of one part, sorted by class, then by name.

    Args:
        root: folder of the data set.
        part: folder below it that holds the class folders, for example `"train"`; `""` for the root
            itself.
        classes: names of the class folders; a label is a position here.
        images_folder: folder in each class folder that holds the images; `""` for the class folder
            itself.
        kind: of the files.
        skipped: receives what is left out.

    Raises:
        DataError: a class folder is missing, is not among `classes`, or holds no such file.
    """
    folder = root / part
    skipped = Skipped() if skipped is None else skipped
    _check_classes(folder, classes)
    _note_beside(folder, f"{part}/" if part else "", kind, skipped)
    columns: tuple[list, list, list, list] = ([], [], [], [])
    empty = []
    for label, name in enumerate(classes):
        place = "/".join(filter(None, (part, name, images_folder)))
        found = file_search.find(root / place, kind, f"{place}/", skipped)
        if not found:
            empty.append(place)
        for file, stat in found.items():
            values = (f"{place}/{file}", stat.st_size, stat.st_mtime_ns, label)
            for column, value in zip(columns, values, strict=True):
                column.append(value)
    if empty:
        raise DataError(
            f"{root}: expected {kind.noun} in every class folder, "
            f"received {len(empty)} without: {notes.shorten(empty)}"
        )
    return labelled_files.make_files(root, *columns)


def _note_beside(folder: Path, place: str, kind: FileKind, skipped: Skipped) -> None:
    """Notes what lies beside the class folders and looks as if it belonged into one."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            name = f"{place}{entry.name}"
            if entry.is_dir():
                if file_search.is_left_behind(entry.name):
                    skipped.add(file_search.SYSTEM, name)
                elif entry.name[0] == ".":
                    skipped.add(file_search.HIDDEN, name)
            elif not entry.is_file():
                skipped.add(file_search.BROKEN, name)
            elif kind.has_ending(entry.name) and entry.name[0] != ".":
                skipped.add(file_search.LOOSE, name)


def _check_classes(folder: Path, classes: Sequence[str]) -> None:
    found = set(class_names(folder))
    missing = [name for name in classes if name not in found]
    unknown = sorted(found - set(classes))
    for names, problem in ((missing, "missing"), (unknown, "unexpected")):
        if names:
            raise DataError(
                f"{folder}: expected {len(classes)} class folders, {problem} {notes.shorten(names)}"
            )
