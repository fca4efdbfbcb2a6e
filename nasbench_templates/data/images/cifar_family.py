"""Loads CIFAR-10 and CIFAR-100 from wherever they are: 32 x 32 colour images.

The original files are preferred to Parquet shards, whose images may be lossy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nasbench_templates.data.core import dataset, notes, pixel_statistics, splits
from nasbench_templates.data.core.notes import Note
from nasbench_templates.data.formats import cifar_batches, folders, keras_files, parquet_images
from nasbench_templates.data.images import image_decoding
from nasbench_templates.data.images.image_census import Census
from nasbench_templates.support.errors import DataError

IMAGE_SHAPE = (32, 32, 3)

PARTS = parquet_images.PARTS
# Of both data sets, in train and test.
OFFICIAL_TOTALS = (50_000, 10_000)

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
        found = _Found(train, test, "keras.datasets", "keras.datasets")
    else:
        found = _from_folder(cifar, data_dir)
    parts = (*cifar.hold_out(found.train, found.where), found.test)
    return dataset.make_dataset(
        cifar.name, cifar.classes, parts, found.source, cifar.statistics, notes=found.notes
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """The official parts, where they were found, the kind of file, and what to say of them."""

    train: splits.Split
    test: splits.Split
    where: str
    source: str
    notes: tuple[Note, ...] = ()


def _from_folder(cifar: CifarSet, data_dir: Path) -> _Found:
    folders.check_folder(data_dir, cifar.name)
    layout = cifar.layout
    places = (data_dir / cifar.name, data_dir)
    if where := cifar_batches.find_folder(layout, places):
        original = cifar_batches.read_folder(layout, where)
    elif where := cifar_batches.find_archive(layout, places):
        original = cifar_batches.read_archive(layout, where)
    elif where := parquet_images.find_folder(places):
        return _from_parquet(cifar, where)
    else:
        expected = (
            f"{layout.folder}/ or its files {', '.join(layout.files)}, "
            f"{layout.archive}, or train-*.parquet and test-*.parquet"
        )
        subfolders = ("", layout.folder, "data", "plain_text")
        looked_at = [place / subfolder for place in places for subfolder in subfolders]
        raise folders.not_found(cifar.name, expected, looked_at)
    source = "CIFAR python batches"
    return _Found(original.train, original.test, str(where), source, original.notes)


def _from_parquet(cifar: CifarSet, folder: Path) -> _Found:
    stored = parquet_images.read_parts(
        folder, PARTS, label_columns=cifar.label_columns, known_classes=cifar.classes
    )
    for part, total in zip(PARTS, OFFICIAL_TOTALS, strict=True):
        if stored.parts[part].num_images != total:
            raise DataError(
                f"{folder}: expected the {total:,} {part} images of {cifar.name}, received "
                f"{stored.parts[part].num_images:,}; read other data under a name of your own"
            )
    census = Census()
    found = []
    for part in PARTS:
        encoded = stored.parts[part]
        images, part_census = image_decoding.decode(encoded.encoded, IMAGE_SHAPE)
        found.append(splits.make_split(images, encoded.labels))
        census.merge(part_census)
    text = "converted files, with the official numbers of images; their pixels cannot be compared"
    converted = Note(notes.OFFICIAL, 0, text, is_expected=True)
    source = parquet_images.describe_source(census)
    remarks = (converted, *stored.notes, *census.notes(IMAGE_SHAPE[-1]))
    train, test = found
    return _Found(train, test, str(folder), source, remarks)
