"""Lists files in folders that are named after their class; opens none.

Hidden files and files without one of the endings wanted, by default of images, are passed over.
"""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from nasbench_templates.data.core import labelled_files
from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.images import image_census
from nasbench_templates.support.errors import DataError

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
)


def class_names(folder: Path) -> tuple[str, ...]:
    """Returns the names of the folders in `folder`, sorted; none if it is no folder."""
    if not folder.is_dir():
        return ()
    with os.scandir(folder) as entries:
        return tuple(sorted(each.name for each in entries if each.is_dir() and each.name[0] != "."))


def list_part(
    root: Path,
    part: str,
    classes: Sequence[str],
    images_folder: str = "",
    suffixes: Collection[str] = SUFFIXES,
) -> LabelledFiles:
    """Returns the files of one part, sorted by class, then by name.

    Args:
        root: folder of the data set.
        part: folder below it that holds the class folders, for example `"train"`; `""` for the root
            itself.
        classes: names of the class folders; a label is a position here.
        images_folder: folder in each class folder that holds the images; `""` for the class folder
            itself.
        suffixes: endings of the files, in lower case.

    Raises:
        DataError: a class folder is missing, is not among `classes`, or holds no such file.
    """
    folder = root / part
    _check_classes(folder, classes)
    columns: tuple[list, list, list, list] = ([], [], [], [])
    empty = []
    for label, name in enumerate(classes):
        place = "/".join(filter(None, (part, name, images_folder)))
        found = image_files(root / place, suffixes)
        if not found:
            empty.append(place)
        for file, stat in sorted(found.items()):
            values = (f"{place}/{file}", stat.st_size, stat.st_mtime_ns, label)
            for column, value in zip(columns, values, strict=True):
                column.append(value)
    if empty:
        raise DataError(
            f"{root}: expected files ({', '.join(sorted(suffixes))}) in every class folder, "
            f"received {len(empty)} without: {image_census.shorten(empty)}"
        )
    return labelled_files.make_files(root, *columns)


def image_files(folder: Path, suffixes: Collection[str] = SUFFIXES) -> dict[str, os.stat_result]:
    """Returns name and status of every such file directly in a folder; none if it is no folder."""
    if not folder.is_dir():
        return {}
    with os.scandir(folder) as entries:
        return {
            entry.name: entry.stat()
            for entry in entries
            if entry.name[0] != "."
            and os.path.splitext(entry.name)[1].lower() in suffixes
            and entry.is_file()
        }


def _check_classes(folder: Path, classes: Sequence[str]) -> None:
    found = set(class_names(folder))
    missing = [name for name in classes if name not in found]
    unknown = sorted(found - set(classes))
    for names, problem in ((missing, "missing"), (unknown, "unexpected")):
        if names:
            raise DataError(
                f"{folder}: expected {len(classes)} class folders, {problem} "
                f"{image_census.shorten(names)}"
            )
