"""CIFAR-10: natural images, colour, 32 x 32, split and normalised as in NAS-Bench-101.

Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009; split and
constants: google-research/nasbench, `nasbench/lib/cifar.py` (arXiv 1902.09635).
"""

from pathlib import Path

from nasbench_templates.data import (
    cifar_batches,
    dataset,
    folders,
    keras_files,
    parquet_images,
    splits,
)
from nasbench_templates.errors import DataError

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
MEAN = (125.31, 122.95, 113.87)
STD = (62.99, 62.09, 66.70)

_NAME = "cifar10"
_SHAPE = (32, 32, 3)
_Splits = tuple[splits.Split, splits.Split, splits.Split]


def load(data_dir: Path | None) -> dataset.Dataset:
    """Returns CIFAR-10: 40,000 training, 10,000 validation and 10,000 test images.

    Python batches are preferred to Parquet shards, whose images may be lossy. Batches 1 to 4 are
    for training and batch 5 is for validation; a source without batches gives the last fifth of its
    training rows to validation, which is the same for the original order.

    Args:
        data_dir: folder to search, or `None` for `keras.datasets`. Places below it:
            `cifar-10-batches-py`, the folder itself, and both in `cifar10`, as python batches or as
            `cifar-10-python.tar.gz`; Parquet shards in the folder, in `cifar10`, or in `data` or
            `plain_text` of either.

    Raises:
        DataError: a file is missing, damaged or of another kind, or a download failed.
    """
    parts, source = _from_keras() if data_dir is None else _from_folder(data_dir)
    return dataset.make_dataset(_NAME, CLASSES, parts, source, (MEAN, STD))


def _from_keras() -> tuple[_Splits, str]:
    train, test = keras_files.fetch(_NAME, channels=3)
    fitted, validation = splits.hold_out_last(*train, len(train[0]) // 5)
    return (fitted, validation, splits.make_split(*test)), "keras.datasets"


def _from_folder(data_dir: Path) -> tuple[_Splits, str]:
    folders.check_folder(data_dir, _NAME)
    places = (data_dir / _NAME, data_dir)
    if folder := cifar_batches.find_folder(places):
        return cifar_batches.read_folder(folder), "CIFAR python batches"
    if archive := cifar_batches.find_archive(places):
        return cifar_batches.read_archive(archive), "CIFAR python batches"
    if folder := parquet_images.find_folder(places):
        return _from_parquet(folder)
    expected = (
        f"{cifar_batches.FOLDER}/ or its files data_batch_1..5 and test_batch, "
        f"{cifar_batches.ARCHIVE}, or train-*.parquet and test-*.parquet"
    )
    subfolders = ("", cifar_batches.FOLDER, "data", "plain_text")
    looked_at = [place / subfolder for place in places for subfolder in subfolders]
    raise folders.not_found(_NAME, expected, looked_at)


def _from_parquet(folder: Path) -> tuple[_Splits, str]:
    train, test = (
        parquet_images.read_part(folder, part, _SHAPE, ("label", "labels"), len(CLASSES))
        for part in parquet_images.PARTS
    )
    try:
        fitted, validation = splits.hold_out_last(
            train.images, train.labels, len(train.images) // 5
        )
        parts = (fitted, validation, splits.make_split(test.images, test.labels))
    except DataError as error:
        raise DataError(f"{folder}: {error}") from error
    encodings = ", ".join(sorted({*train.encodings, *test.encodings}))
    return parts, f"Parquet image shards ({encodings})"


dataset.datasets.register(
    _NAME,
    dataset.DatasetInfo(
        name=_NAME,
        subject="natural images",
        input_shape=_SHAPE,
        num_classes=len(CLASSES),
        load=load,
        split_sizes=(40_000, 10_000, 10_000),
    ),
)
