"""Makes a data set from image files in folders: in memory, or streamed where they are too many."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nasbench_templates.data.core import (
    arrangement,
    dataset,
    file_search,
    pixel_statistics,
    splits,
    streaming,
)
from nasbench_templates.data.core.file_search import FileKind, Skipped
from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.core.notes import Note
from nasbench_templates.data.images import (
    image_census,
    image_decoding,
    image_folders,
    image_headers,
)
from nasbench_templates.data.images.image_census import Census
from nasbench_templates.support.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class FolderSet:
    """Listed files of a data set.

    Attributes:
        name: of the data set.
        classes: class names by label.
        train: files that weights are fitted on.
        validation: files that models and epochs are selected on.
        test: files that are evaluated once.
        notes: on what was left out.
    """

    name: str
    classes: Sequence[str]
    train: LabelledFiles
    validation: LabelledFiles
    test: LabelledFiles
    notes: tuple[Note, ...] = ()

    @property
    def parts(self) -> tuple[LabelledFiles, LabelledFiles, LabelledFiles]:
        """Train, validation and test."""
        return self.train, self.validation, self.test

    @property
    def files(self) -> LabelledFiles:
        """All files."""
        return functools.reduce(LabelledFiles.join, self.parts)


def find(name: str, root: Path, kind: FileKind = image_folders.IMAGES) -> FolderSet:
    """Returns the files of a set of the user's own, in class folders; see `images.own_sets`.

    Args:
        name: what the set is called.
        root: its folder, with `train/` and other parts or with the classes themselves.
        kind: of its files.

    Raises:
        DataError: a class folder is missing or empty, parts are not called as expected, or there
            is too little to split.
    """
    has_parts = bool(image_folders.class_names(root / "train"))
    classes = image_folders.class_names(root / "train" if has_parts else root)
    skipped = Skipped()
    if has_parts:
        known = ("train", *arrangement.VALIDATION_NAMES, "test")
        for other in image_folders.class_names(root):
            if other not in known:
                skipped.add(file_search.UNKNOWN_FOLDERS, other)
    else:
        _check_no_parts(root, classes)

    def has(part: str) -> bool:
        return has_parts and (root / part).is_dir()

    def read(part: str) -> LabelledFiles:
        place = part if has_parts else ""
        return image_folders.list_part(root, place, classes, kind=kind, skipped=skipped)

    parts = arrangement.arrange(root, has, read)
    return FolderSet(name, classes, *parts, (*arrangement.remarks(has), *skipped.notes()))


def _check_no_parts(root: Path, classes: Sequence[str]) -> None:
    """Refuses parts that are called otherwise than expected: they would pass for classes."""
    parts = image_folders.part_names(classes)
    # A class may be called `train`, as in CIFAR-100; its folder then holds images, not classes.
    with_classes = [name for name in parts if image_folders.class_names(root / name)]
    if with_classes or len(parts) == len(classes):
        raise DataError(
            f"{root}: expected train/ and test/ with a folder for every class in each, or a folder "
            f"for every class; received parts instead of classes: {', '.join(parts)}"
        )


def load(
    folder_set: FolderSet,
    shape: tuple[int, int, int],
    *,
    statistics: pixel_statistics.Statistics | None = None,
    is_resized: bool = False,
) -> dataset.Dataset:
    """Returns a data set whose images are decoded into memory.

    Args:
        folder_set: its files.
        shape: `(height, width, channels)` of every image.
        statistics: prescribed mean and standard deviation per channel; `None` computes them.
        is_resized: whether images of another size are scaled and cut, or refused.

    Raises:
        DataError: some files cannot be decoded, or have another size and are not resized.
    """
    total = Census()

    def decode(files: LabelledFiles) -> splits.Split:
        encoded = image_decoding.from_files(files)
        images, census = image_decoding.decode(encoded, shape, is_resized=is_resized)
        total.merge(census)
        return splits.make_split(images, files.labels)

    parts = splits.of_each(decode, folder_set.parts)
    return dataset.make_dataset(
        folder_set.name,
        folder_set.classes,
        parts,
        _source(total),
        statistics,
        notes=(*folder_set.notes, *total.notes(shape[-1])),
        places=[files.names for files in folder_set.parts],
    )


def stream(
    folder_set: FolderSet,
    shape: tuple[int, int, int],
    *,
    statistics: pixel_statistics.Statistics | None = None,
    resize_ratio: float = 1.0,
) -> dataset.Dataset:
    """Returns a data set whose images stay in their files.

    Args:
        folder_set: its files.
        shape: `(height, width, channels)` of every image as given out.
        statistics: prescribed mean and standard deviation per channel; `None` computes them from a
            sample.
        resize_ratio: see `streaming.StreamedSplit`.

    Raises:
        DataError: some files are empty or not images.
    """
    census = image_headers.check(folder_set.files)
    is_corrected = bool({image_census.TURNED, image_census.FLATTENED} & census.changes.keys())
    parts = splits.of_each(
        lambda files: streaming.StreamedSplit(files, shape, resize_ratio, is_corrected),
        folder_set.parts,
    )
    return dataset.make_dataset(
        folder_set.name,
        folder_set.classes,
        parts,
        f"{_source(census)}, streamed",
        statistics,
        notes=(*folder_set.notes, *census.notes(shape[-1])),
    )


def _source(census: Census) -> str:
    return f"image folders ({', '.join(sorted(census.formats))})"
