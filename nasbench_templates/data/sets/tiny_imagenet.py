"""Tiny-ImageNet: 200 classes of ImageNet, scaled to 64 x 64.

Source: Y. Le and X. Yang, "Tiny ImageNet Visual Recognition Challenge", Stanford CS 231N, 2015.
"""

import dataclasses
from pathlib import Path

from nasbench_templates.data.core import dataset, file_search, labelled_files, notes, splits
from nasbench_templates.data.core.file_search import Skipped
from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.formats import folders
from nasbench_templates.data.images import folder_sets, image_folders
from nasbench_templates.support import texts
from nasbench_templates.support.errors import ConfigError, DataError, describe

_NAME = "tiny_imagenet"
_FOLDER = "tiny-imagenet-200"
_SHAPE = (64, 64, 3)
_CLASS_LIST = "wnids.txt"
_ANNOTATIONS = "val/val_annotations.txt"


def load(data_dir: Path | None) -> dataset.Dataset:
    """Returns Tiny-ImageNet: 90,000 training, 10,000 validation and 10,000 test images.

    The official test images have no labels, so the official validation images are the test split,
    and one tenth of every class's training images is the validation split. The classes are those of
    `wnids.txt`, in its order, so that a part of the data set is a data set.

    Args:
        data_dir: folder that holds `wnids.txt`, `train` and `val`, itself or in
            `tiny-imagenet-200`, `tiny_imagenet` or `tiny_imagenet/tiny-imagenet-200`.

    Raises:
        DataError: no folder is given, a file or class folder is missing or empty, the annotations
            do not fit the images, or some files are not images of 64 x 64 pixels.
    """
    root = _find_root(data_dir)
    wnids = _lines(root / _CLASS_LIST)
    skipped = Skipped()
    training = image_folders.list_part(
        root, "train", wnids, images_folder="images", skipped=skipped
    )
    train, validation = splits.hold_out_stratified(training, root)
    test = _annotated(root, wnids, skipped)
    names = dict(line.split("\t", 1) for line in _lines(root / "words.txt") if "\t" in line)
    classes = tuple(names.get(wnid, wnid) for wnid in wnids)
    folder_set = folder_sets.FolderSet(_NAME, classes, train, validation, test, skipped.notes())
    return folder_sets.load(folder_set, _SHAPE)


def _adapt(data_dir: Path | None, image_size: int | None) -> dataset.DatasetInfo:
    """Returns the description with the number of classes that the folder lists."""
    if image_size not in (None, _SHAPE[0]):
        raise ConfigError(f"{_NAME}: expected no image size, its images are 64 x 64")
    if data_dir is None:
        return _INFO
    num_classes = len(_lines(_find_root(data_dir) / _CLASS_LIST))
    is_whole = num_classes == _INFO.num_classes
    split_sizes = _INFO.split_sizes if is_whole else None
    return dataclasses.replace(_INFO, num_classes=num_classes, split_sizes=split_sizes)


def _find_root(data_dir: Path | None) -> Path:
    data_dir = folders.required(data_dir, _NAME)
    places = (data_dir / _FOLDER, data_dir / _NAME / _FOLDER, data_dir / _NAME, data_dir)
    for place in places:
        if (place / _CLASS_LIST).is_file():
            return place
    raise folders.not_found(_NAME, f"{_CLASS_LIST} beside train/ and val/", places)


def _annotated(root: Path, wnids: tuple[str, ...], skipped: Skipped) -> LabelledFiles:
    """Returns the official validation images with their labels, in the order of the annotations."""
    labels = {wnid: label for label, wnid in enumerate(wnids)}
    where = root / _ANNOTATIONS
    rows = [line.split("\t") for line in _lines(where)]
    for number, row in enumerate(rows, start=1):
        if len(row) < 2 or row[1] not in labels:
            raise DataError(
                f"{where}: expected an image and a class of {_CLASS_LIST} in line {number}, "
                f"received {' '.join(row):.60}"
            )
    listed = [row[0] for row in rows]
    present = file_search.find(
        root / "val" / "images", image_folders.IMAGES, "val/images/", skipped
    )
    missing, extra = set(listed) - present.keys(), present.keys() - set(listed)
    if missing or extra or len(set(listed)) < len(listed):
        raise DataError(
            f"{where}: expected one line for each of {len(present)} images in val/images; "
            f"{len(missing)} lines without an image: {notes.shorten(sorted(missing))}; "
            f"{len(extra)} images without a line: {notes.shorten(sorted(extra))}; "
            f"{len(listed) - len(set(listed))} images with several lines"
        )
    return labelled_files.make_files(
        root,
        [f"val/images/{name}" for name in listed],
        [present[name].st_size for name in listed],
        [present[name].st_mtime_ns for name in listed],
        [labels[row[1]] for row in rows],
    )


def _lines(path: Path) -> tuple[str, ...]:
    try:
        lines = tuple(filter(None, texts.read_lines(path)))
    except OSError as error:
        raise DataError(f"{path}: expected a text file: {describe(error)}") from error
    if not lines:
        raise DataError(f"{path}: expected at least one line, received an empty file")
    return lines


_INFO = dataset.datasets.register(
    _NAME,
    dataset.DatasetInfo(
        name=_NAME,
        subject="natural images",
        input_shape=_SHAPE,
        num_classes=200,
        load=load,
        split_sizes=(90_000, 10_000, 10_000),
        adapt=_adapt,
    ),
)
