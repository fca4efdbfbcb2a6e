"""Loads CIFAR-10 and CIFAR-100 from wherever they are: 32 x 32 colour images.

The original files are preferred to Parquet shards, whose images may be lossy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nasbench_templates.data.core import dataset, pixel_statistics, splits
from nasbench_templates.data.formats import cifar_batches, folders, keras_files, parquet_images

IMAGE_SHAPE = (32, 32, 3)

_Parts = tuple[splits.Split, splits.Split]


@dataclass(frozen=True, slots=True)
class CifarSet:
    """What distinguishes the two data sets.

    Attributes:
        name: registered name, also of the subfolder and of the module in `keras.datasets`.
        layout: names of the original files.
        label_columns: accepted names of the label column in Parquet shards.
        classes: class names by label.
        statistics: published mean and standard deviation of the pixels per channel.
        hold_out: from the official training part, and the place it was found at, to training and
            validation split.
    """

    name: str
    layout: cifar_batches.Layout
    label_columns: Sequence[str]
    classes: tuple[str, ...]
    statistics: pixel_statistics.Statistics
    hold_out: Callable[[splits.Split, str], _Parts]


def load(cifar: CifarSet, data_dir: Path | None) -> dataset.Dataset:
    """Returns one of the data sets.

    Args:
        cifar: which.
        data_dir: folder to search, or `None` for `keras.datasets`. Places below it: the folder that
            the original archive unpacks to, the folder itself, and both in a folder with the name
            of the data set, as original files or as their archive; Parquet shards in the folder, in
            that of the data set's name, or in `data` or `plain_text` of either.

    Raises:
        DataError: a file is missing, damaged or of another kind, or a download failed.
    """
    if data_dir is None:
        train, test = (splits.make_split(*part) for part in keras_files.fetch(cifar.name, 3))
        where = source = "keras.datasets"
    else:
        (train, test), where, source = _from_folder(cifar, data_dir)
    parts = (*cifar.hold_out(train, where), test)
    return dataset.make_dataset(cifar.name, cifar.classes, parts, source, cifar.statistics)


def _from_folder(cifar: CifarSet, data_dir: Path) -> tuple[_Parts, str, str]:
    """Returns the official parts, where they were found, and the kind of file."""
    folders.check_folder(data_dir, cifar.name)
    layout = cifar.layout
    places = (data_dir / cifar.name, data_dir)
    if folder := cifar_batches.find_folder(layout, places):
        return cifar_batches.read_folder(layout, folder), str(folder), "CIFAR python batches"
    if archive := cifar_batches.find_archive(layout, places):
        return cifar_batches.read_archive(layout, archive), str(archive), "CIFAR python batches"
    if folder := parquet_images.find_folder(places):
        return _from_parquet(cifar, folder)
    expected = (
        f"{layout.folder}/ or its files {', '.join(layout.files)}, "
        f"{layout.archive}, or train-*.parquet and test-*.parquet"
    )
    subfolders = ("", layout.folder, "data", "plain_text")
    looked_at = [place / subfolder for place in places for subfolder in subfolders]
    raise folders.not_found(cifar.name, expected, looked_at)


def _from_parquet(cifar: CifarSet, folder: Path) -> tuple[_Parts, str, str]:
    train, test = (
        parquet_images.read_part(folder, part, IMAGE_SHAPE, cifar.label_columns, len(cifar.classes))
        for part in parquet_images.PARTS
    )
    census = train.census
    census.merge(test.census)
    census.warn_of_conversions(cifar.name)
    parts = tuple(splits.make_split(part.images, part.labels) for part in (train, test))
    return parts, str(folder), parquet_images.describe_source(census)
