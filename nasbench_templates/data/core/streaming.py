"""Splits whose images are too many for memory: decoded from files whenever they are asked for.

Reading and decoding run in parallel ahead of the caller, through `tf.data`, on any Keras backend.
Images come in the order asked for, and a crop depends on its seed and its row alone, so that a
resumed run sees what the interrupted one would have seen.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.support.errors import DataError, describe

if TYPE_CHECKING:
    import tensorflow as tf

# Image formats that TensorFlow decodes in all their variants, as Pillow names them.
FORMATS = ("JPEG", "MPO", "PNG")
# Random resized crops: share of the image's area and width by height, as for GoogLeNet and since.
CROP_AREA = (0.08, 1.0)
CROP_RATIO = (3 / 4, 4 / 3)
# Tries until a crop of the drawn area and ratio fits into the image; else it is the whole image.
_CROP_ATTEMPTS = 100
_BATCHES_AHEAD = 2


class Digest(Protocol):
    """What `hashlib` makes."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Takes in more bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class StreamedSplit:
    """Image files of one part of a data set; offers what `dataset.Split` does, without the arrays.

    Attributes:
        files: with their labels.
        image_shape: `(height, width, channels)` of every image as given out.
        resize_ratio: at least 1: for evaluation an image is scaled until it covers this many times
            the height and width that are cut from its centre; 256 / 224 is usual for ImageNet.
    """

    files: LabelledFiles
    image_shape: tuple[int, int, int]
    resize_ratio: float = 1.0

    @property
    def num_images(self) -> int:
        """Number of images."""
        return self.files.num_images

    @property
    def dtype(self) -> str:
        """Type of the decoded values, as in `splits.Split`."""
        return "uint8"

    @property
    def labels(self) -> np.ndarray:
        """Class numbers from 0, int64, shape `(images,)`, read-only."""
        return self.files.labels

    def batches(
        self, rows: np.ndarray, batch_size: int, crop_seed: int | None = None
    ) -> Iterator[np.ndarray]:
        """Yields images uint8 `(batch, height, width, channels)` of `rows`, in their order.

        Args:
            rows: row numbers of this split, any order, repeated or not.
            batch_size: images in each batch but the last, which may be smaller.
            crop_seed: at least 0: a random resized crop of every image, which is a function of this
                seed and the row number; `None`: the centre, as for evaluation.

        Raises:
            DataError: a file cannot be read or decoded; the message names it.

        Source: the crops, C. Szegedy et al., arXiv 1409.4842, section 6; TensorFlow draws the
            aspect ratio uniformly.
        """
        import tensorflow as tf

        rows = np.asarray(rows, dtype=np.int64)
        paths = self.files.paths(rows)
        # On the CPU explicitly: the names and the pipeline are of no use to an accelerator.
        with tf.device("/CPU:0"):
            pipeline = (
                tf.data.Dataset.from_tensor_slices(
                    (tf.constant(list(map(os.fsencode, paths)), tf.string), rows)
                )
                .map(self._loader(crop_seed), tf.data.AUTOTUNE, deterministic=True)
                .batch(batch_size)
                .prefetch(_BATCHES_AHEAD)
            )
            iterator = pipeline.as_numpy_iterator()
        for start in range(0, len(rows), batch_size):
            try:
                yield next(iterator)
            except tf.errors.OpError as error:
                raise self._failure(paths[start : start + batch_size], error) from error

    def take(self, rows: np.ndarray) -> "StreamedSplit":
        """Returns a split of these rows, in this order."""
        return StreamedSplit(self.files.take(rows), self.image_shape, self.resize_ratio)

    def join(self, other: "StreamedSplit") -> "StreamedSplit":
        """Returns a split of these images followed by those of another split of the same set."""
        return StreamedSplit(self.files.join(other.files), self.image_shape, self.resize_ratio)

    def feed(self, digest: Digest) -> None:
        """Adds image shape, ratio, and each file's relative path, size and label to a checksum."""
        digest.update(f"{self.image_shape} {self.resize_ratio}\n".encode())
        columns = (self.files.names, self.files.sizes, self.files.labels)
        for name, size, label in zip(*columns, strict=True):
            digest.update(os.fsencode(f"{name}\0{size}\0{label}\n"))

    def _loader(self, crop_seed: int | None) -> "Callable[[tf.Tensor, tf.Tensor], tf.Tensor]":
        import tensorflow as tf

        height, width, channels = self.image_shape

        def load(path: tf.Tensor, row: tf.Tensor) -> tf.Tensor:
            image = _decode(path, channels)
            if crop_seed is None:
                pixels = _centre(image, height, width, self.resize_ratio)
            else:
                cropped = _random_crop(image, tf.stack([tf.constant(crop_seed, tf.int64), row]))
                pixels = _resize(cropped, (height, width))
            return tf.ensure_shape(pixels, self.image_shape)

        return load

    def _failure(self, paths: list[str], error: Exception) -> DataError:
        """Returns the error that names the file among those of a batch that failed."""
        import tensorflow as tf

        for path in paths:
            try:
                _decode(tf.constant(os.fsencode(path)), self.image_shape[-1])
            except tf.errors.OpError as cause:
                reason = cause.message.splitlines()[0]
                return DataError(f"{path}: expected a decodable image: {reason}")
        return DataError(f"{paths[0]} or a file after it: {describe(error)}")


def _decode(path: "tf.Tensor", channels: int) -> "tf.Tensor":
    """Returns the pixels of a file, uint8 `(height, width, channels)`."""
    import tensorflow as tf

    content = tf.io.read_file(path)
    image = tf.io.decode_image(content, channels=channels, expand_animations=False)
    image.set_shape((None, None, channels))
    return image


def _centre(image: "tf.Tensor", height: int, width: int, resize_ratio: float) -> "tf.Tensor":
    import tensorflow as tf

    sides = tf.cast(tf.shape(image)[:2], tf.float64)
    target = tf.constant((height, width), tf.float64)
    scale = tf.reduce_max(resize_ratio * target / sides)
    # The side that fits exactly may come out below the target by a rounding error.
    covering = tf.maximum(tf.round(scale * sides), target)
    resized = _resize(image, tf.cast(covering, tf.int32))
    top, left = tf.unstack((tf.shape(resized)[:2] - (height, width)) // 2)
    return resized[top : top + height, left : left + width]


def _random_crop(image: "tf.Tensor", seed: "tf.Tensor") -> "tf.Tensor":
    import tensorflow as tf

    begin, size, _ = tf.image.stateless_sample_distorted_bounding_box(
        tf.shape(image),
        tf.constant([[[0.0, 0.0, 1.0, 1.0]]]),
        seed=seed,
        min_object_covered=0.0,
        aspect_ratio_range=CROP_RATIO,
        area_range=CROP_AREA,
        max_attempts=_CROP_ATTEMPTS,
    )
    return tf.slice(image, begin, size)


def _resize(image: "tf.Tensor", sides: "tf.Tensor | tuple[int, int]") -> "tf.Tensor":
    import tensorflow as tf

    resized = tf.image.resize(image, sides, method="bilinear", antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(resized), 0.0, 255.0), tf.uint8)
