"""Parts of a data set: images in memory with their labels, or files that are streamed.

Both kinds offer the same: `num_images`, `image_shape`, `labels`, `batches`, `take` and `join`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

import numpy as np

from nasbench_templates.data.core import notes, pixel_statistics, sampling
from nasbench_templates.data.core.streaming import Digest, StreamedSplit
from nasbench_templates.support.errors import DataError

# Images that statistics read at once.
_STATISTICS_BATCH = 256
# Images that the statistics of a streamed split are computed from.
STATISTICS_SAMPLE = 10_000


_One = TypeVar("_One")
_Other = TypeVar("_Other")


def of_each(
    function: Callable[[_One], _Other], parts: tuple[_One, _One, _One]
) -> tuple[_Other, _Other, _Other]:
    """Returns what a function makes of train, validation and test."""
    train, validation, test = parts
    return function(train), function(validation), function(test)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Images and labels of one part of a data set; build it with `make_split`.

    Attributes:
        images: uint8 pixels or float32 features, shape `(images, height, width, channels)`,
            read-only.
        labels: int64, shape `(images,)`, class numbers from 0, read-only.
    """

    images: np.ndarray
    labels: np.ndarray

    @property
    def num_images(self) -> int:
        """Number of images."""
        return len(self.images)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Shape of one image, `(height, width, channels)`."""
        height, width, channels = self.images.shape[1:]
        return height, width, channels

    @property
    def dtype(self) -> str:
        """Type of the stored values: `"uint8"` or `"float32"`."""
        return self.images.dtype.name

    def batches(
        self, rows: np.ndarray, batch_size: int, crop_seed: int | None = None
    ) -> Iterator[np.ndarray]:
        """Yields images as stored, `(batch, height, width, channels)` of `rows`, in their order.

        Args:
            rows: row numbers, any order, repeated or not.
            batch_size: images in each batch but the last, which may be smaller.
            crop_seed: ignored: images in memory have their final size; see `StreamedSplit`.
        """
        del crop_seed
        for start in range(0, len(rows), batch_size):
            yield self.images[rows[start : start + batch_size]]

    def take(self, rows: np.ndarray) -> "Split":
        """Returns a split of these rows, in this order."""
        return make_split(self.images[rows], self.labels[rows])

    def join(self, other: "Split") -> "Split":
        """Returns a split of these images followed by those of another split of the same set."""
        images, labels = (self.images, other.images), (self.labels, other.labels)
        return make_split(np.concatenate(images), np.concatenate(labels))

    def feed(self, digest: Digest) -> None:
        """Adds images, then labels, to a checksum: bytes in C order, little-endian."""
        digest.update(self.images.astype(self.images.dtype.newbyteorder("<"), copy=False).data)
        digest.update(np.ascontiguousarray(self.labels, dtype="<i8").data)


AnySplit: TypeAlias = Split | StreamedSplit
Part = TypeVar("Part", bound="Rows")


class Rows(Protocol):
    """Anything whose rows have labels: a split, or a list of what will become one."""

    @property
    def num_images(self) -> int:
        """Number of rows."""

    @property
    def labels(self) -> np.ndarray:
        """Class numbers from 0, int64, shape `(rows,)`."""

    def take(self: Part, rows: np.ndarray) -> Part:
        """Returns these rows, in this order."""


def make_split(images: np.ndarray, labels: np.ndarray) -> Split:
    """Returns a split over read-only, C-ordered views or copies of the arrays.

    Args:
        images: uint8 or float32, shape `(images, height, width, channels)`.
        labels: any integer type, shape `(images,)`.

    Raises:
        DataError: wrong dtype or rank, no image, unequal lengths, or a value that is not finite.
    """
    if images.dtype not in (np.uint8, np.float32) or images.ndim != 4:
        raise DataError(
            "expected uint8 or float32 images of shape (images, height, width, channels), "
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
    if images.dtype == np.float32:
        _check_finite(images)
    # Views, so that marking them read-only leaves the caller's own arrays as they were.
    images = np.ascontiguousarray(images).view()
    labels = np.ascontiguousarray(labels, dtype=np.int64).view()
    images.setflags(write=False)
    labels.setflags(write=False)
    return Split(images, labels)


def _check_finite(images: np.ndarray) -> None:
    # Image by image: a mask for all of them would take a quarter of their memory once more.
    for row, image in enumerate(images):
        if not np.isfinite(image).all():
            raise DataError(f"expected finite values, received NaN or infinity in image {row}")


def hold_out_last(split: Split, count: int, where: object) -> tuple[Split, Split]:
    """Splits off the last `count` images for validation.

    Args:
        split: any split in memory.
        count: images for validation.
        where: files that the images come from, for the message.

    Returns:
        The training split, then the validation split; the order of images is kept.

    Raises:
        DataError: nothing would be left for training, or nothing for validation.
    """
    if not 0 < count < split.num_images:
        raise DataError(
            f"{where}: expected more than {max(count, 1)} training images, of which the last "
            f"{max(count, 1)} are for validation, received {split.num_images}"
        )
    train = make_split(split.images[:-count], split.labels[:-count])
    return train, make_split(split.images[-count:], split.labels[-count:])


def hold_out_stratified(part: Part, where: object, fraction: int = 10) -> tuple[Part, Part]:
    """Splits off one image in `fraction` with every class's share, always the same ones.

    Args:
        part: a split, or a list of what will become one.
        where: files that the images come from, for the message.
        fraction: number of images of which one is split off.

    Returns:
        The rest, then the part split off; both keep the order of images.

    Raises:
        DataError: there are fewer images than `fraction`.

    Source: docs/templates.md, section 9, for data sets without a validation part.
    """
    count = part.num_images // fraction
    if count == 0:
        raise DataError(
            f"{where}: expected at least {fraction} images, one in {fraction} of which is set "
            f"aside, received {part.num_images}"
        )
    taken = sampling.stratified_rows(part.labels, count)
    return part.take(np.delete(np.arange(part.num_images), taken)), part.take(taken)


def limited(split: AnySplit, count: int) -> AnySplit:
    """Returns `count` images of a split with every class's share, in their order.

    The choice is the same whenever it is made; a split that has no more images is returned whole.

    Args:
        split: any split.
        count: images wanted, at least 1.
    """
    if count >= split.num_images:
        return split
    return split.take(sampling.stratified_rows(split.labels, count))


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


def check_class_names(names: Iterable[str], where: str) -> None:
    """Checks that no two names differ only in blanks around them: they would be two classes.

    Raises:
        DataError: two do; the message opens with `where`.
    """
    by_text: dict[str, list[str]] = {}
    for name in sorted(names):
        by_text.setdefault(name.strip(), []).append(name)
    alike = [each for each in by_text.values() if len(each) > 1]
    if alike:
        raise DataError(
            f"{where}: expected class names that differ in more than the blanks around them, "
            f"received {notes.shorten([' and '.join(map(repr, each)) for each in alike])}"
        )


def split_statistics(split: AnySplit) -> pixel_statistics.Statistics:
    """Returns mean and population standard deviation per channel.

    Of all images in memory; of at most `STATISTICS_SAMPLE` images of a streamed split, always the
    same ones, as they are evaluated.
    """
    rows = np.arange(split.num_images)
    if isinstance(split, StreamedSplit) and split.num_images > STATISTICS_SAMPLE:
        rows = sampling.stratified_rows(split.labels, STATISTICS_SAMPLE)
    return pixel_statistics.channel_statistics(split.batches(rows, _STATISTICS_BATCH))
