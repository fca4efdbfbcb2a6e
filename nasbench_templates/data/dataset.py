"""Image classification data sets in memory: three fixed splits, statistics and a checksum.

Nothing here reads a file format, augments or normalises. A data set is one module in
`nasbench_templates/data/sets` that registers a `DatasetInfo`; planning and listing read the
`DatasetInfo` and need no data, training calls `load_dataset`:

    from nasbench_templates.data import dataset

    mnist = dataset.load_dataset("mnist", "/data")
    mnist.train.images.shape  # (55000, 28, 28, 1)
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_templates.errors import DataError
from nasbench_templates.registry import Registry

# Images whose pixels are counted at once: keeps the temporary integer copy at a few megabytes.
_STATISTICS_CHUNK = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Images and labels of one part of a data set; build it with `make_split`.

    Attributes:
        images: uint8, shape `(images, height, width, channels)`, read-only.
        labels: int64, shape `(images,)`, class numbers from 0, read-only.
    """

    images: np.ndarray
    labels: np.ndarray

    @property
    def num_images(self) -> int:
        """Number of images."""
        return len(self.images)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A data set with its three splits; build it with `make_dataset`.

    Attributes:
        name: registered name.
        classes: class names; a label is a position in this tuple.
        train: split that weights are fitted on.
        validation: split that models and epochs are selected on.
        test: split that is evaluated once, at the end.
        mean: per channel, on the scale of the stored pixels (0..255; digits 0..16).
        std: population standard deviation per channel on the same scale, always positive.
        checksum: SHA-256 in hexadecimal over images then labels (bytes in C order, labels as
            little-endian int64) of train, validation and test in this order.
        source: kind of file that the images were read from, in one line.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    mean: tuple[float, ...]
    std: tuple[float, ...]
    checksum: str
    source: str

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Shape of one image, `(height, width, channels)`."""
        height, width, channels = self.train.images.shape[1:]
        return height, width, channels

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @property
    def num_images(self) -> tuple[int, int, int]:
        """Number of images in train, validation and test."""
        return self.train.num_images, self.validation.num_images, self.test.num_images


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What is known of a data set without reading it.

    Attributes:
        name: registered name.
        description: one line for listings, with the split sizes.
        input_shape: `(height, width, channels)` of every image.
        num_classes: number of classes.
        load: reads the data set from a folder, or from where it is found by default for `None`;
            raises `DataError` for data that are missing or damaged.
    """

    name: str
    description: str
    input_shape: tuple[int, int, int]
    num_classes: int
    load: Callable[[Path | None], Dataset]


datasets: Registry[DatasetInfo] = Registry("data set", "nasbench_templates.data.sets")


def load_dataset(name: str, data_dir: str | Path | None) -> Dataset:
    """Reads the data set registered as `name`.

    Args:
        name: a name in `datasets`.
        data_dir: folder that holds the files; with a folder nothing is ever downloaded. `None` lets
            `keras.datasets` find or download them. `digits` is embedded and ignores it.

    Raises:
        UnknownNameError: no data set has that name.
        DataError: the folder does not exist, or a file is missing, damaged or of another kind; or a
            download failed.

    Example:
        >>> digits = load_dataset("digits", None)
        >>> digits.input_shape, digits.num_classes, digits.num_images
        ((8, 8, 1), 10, (1197, 300, 300))
    """
    info = datasets.get(name)
    dataset = info.load(None if data_dir is None else Path(data_dir).expanduser())
    if (dataset.input_shape, dataset.num_classes) != (info.input_shape, info.num_classes):
        raise DataError(
            f"{name}: expected {info.num_classes} classes and images of shape {info.input_shape}, "
            f"received {dataset.num_classes} classes and shape {dataset.input_shape}"
        )
    return dataset


def make_split(images: np.ndarray, labels: np.ndarray) -> Split:
    """Returns a split over read-only, C-ordered views or copies of the arrays.

    Args:
        images: uint8, shape `(images, height, width, channels)`.
        labels: any integer type, shape `(images,)`.

    Raises:
        DataError: wrong dtype or rank, no image, or unequal lengths.
    """
    if images.dtype != np.uint8 or images.ndim != 4:
        raise DataError(
            "expected uint8 images of shape (images, height, width, channels), "
            f"received {images.dtype} of shape {images.shape}"
        )
    if not np.issubdtype(labels.dtype, np.integer) or labels.ndim != 1:
        raise DataError(
            "expected integer labels of shape (images,), "
            f"received {labels.dtype} of shape {labels.shape}"
        )
    if len(images) != len(labels):
        raise DataError(
            f"expected one label per image, received {len(images)} images and {len(labels)} labels"
        )
    if images.size == 0:
        raise DataError(f"expected at least one image, received shape {images.shape}")
    # Views, so that marking them read-only leaves the caller's own arrays as they were.
    images = np.ascontiguousarray(images).view()
    labels = np.ascontiguousarray(labels, dtype=np.int64).view()
    images.setflags(write=False)
    labels.setflags(write=False)
    return Split(images, labels)


def hold_out_last(images: np.ndarray, labels: np.ndarray, count: int) -> tuple[Split, Split]:
    """Splits off the last `count` images for validation.

    Returns:
        The training split, then the validation split; the order of images is kept.

    Raises:
        DataError: nothing would be left for training, or nothing for validation.
    """
    if not 0 < count < len(images):
        raise DataError(
            f"expected more than {max(count, 1)} training images, of which the last "
            f"{max(count, 1)} are for validation, received {len(images)}"
        )
    train = make_split(images[:-count], labels[:-count])
    return train, make_split(images[-count:], labels[-count:])


def make_dataset(
    name: str,
    classes: Sequence[str],
    splits: tuple[Split, Split, Split],
    source: str,
    statistics: tuple[tuple[float, ...], tuple[float, ...]] | None = None,
) -> Dataset:
    """Returns a checked data set with its statistics and checksum.

    Args:
        name: registered name.
        classes: class names by label.
        splits: train, validation and test.
        source: kind of file that the images come from, in one line.
        statistics: mean and standard deviation per channel where a benchmark prescribes them;
            `None` computes them from the training split.

    Raises:
        DataError: a label has no class, the splits differ in image shape, or the number of
            statistics is not the number of channels.
    """
    train, validation, test = splits
    for split_name, split in zip(("train", "validation", "test"), splits, strict=True):
        where = f"{name} {split_name}"
        check_labels(split.labels, len(classes), where)
        if split.images.shape[1:] != train.images.shape[1:]:
            raise DataError(
                f"{where}: expected images of shape {train.images.shape[1:]} as in train, "
                f"received {split.images.shape[1:]}"
            )
    mean, std = statistics or channel_statistics(train.images)
    channels = train.images.shape[-1]
    if (len(mean), len(std)) != (channels, channels):
        raise DataError(
            f"{name}: expected {channels} means and standard deviations, one per channel, "
            f"received {len(mean)} and {len(std)}"
        )
    return Dataset(
        name=name,
        classes=tuple(classes),
        train=train,
        validation=validation,
        test=test,
        mean=mean,
        std=std,
        checksum=_checksum(splits),
        source=source,
    )


def check_labels(labels: np.ndarray, num_classes: int, where: str) -> None:
    """Checks that every label is a class number.

    Raises:
        DataError: a label is outside `0 .. num_classes - 1`; the message opens with `where` and
            names the first such row.
    """
    outside = np.flatnonzero((labels < 0) | (labels >= num_classes))
    if outside.size:
        row = int(outside[0])
        raise DataError(
            f"{where}: expected labels in 0..{num_classes - 1}, received {labels[row]} in row {row}"
        )


def channel_statistics(images: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Returns mean and population standard deviation per channel.

    Computed from exact pixel counts, so the result depends neither on the order of the images nor
    on the machine. A channel that is constant gets the deviation 1, so that it can be divided by.

    Args:
        images: uint8, shape `(images, height, width, channels)`.
    """
    means = []
    deviations = []
    values = np.arange(256)
    for channel in range(images.shape[-1]):
        counts = np.zeros(256, dtype=np.int64)
        for start in range(0, len(images), _STATISTICS_CHUNK):
            pixels = images[start : start + _STATISTICS_CHUNK, ..., channel]
            counts += np.bincount(pixels.ravel(), minlength=256)
        total = int(counts.sum())
        mean = int((counts * values).sum()) / total
        variance = float((counts * (values - mean) ** 2).sum()) / total
        means.append(mean)
        deviations.append(variance**0.5 or 1.0)
    return tuple(means), tuple(deviations)


def _checksum(splits: Sequence[Split]) -> str:
    digest = hashlib.sha256()
    for split in splits:
        digest.update(split.images.data)
        digest.update(np.ascontiguousarray(split.labels, dtype="<i8").data)
    return digest.hexdigest()
