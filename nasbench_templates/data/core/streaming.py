"""Splits whose images are too many for memory: decoded from files whenever they are asked for.

Reading and decoding run in threads ahead of the caller, by the decoder of images in memory. Images
come in the order asked for, and a crop depends on its seed and its row alone, so that a resumed run
sees what the interrupted one would have seen.
"""

import collections
import dataclasses
import os
from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.images import image_decoding

if TYPE_CHECKING:
    from PIL import Image

# Random resized crops: share of the image's area and width by height, as for GoogLeNet and since.
CROP_AREA = (0.08, 1.0)
CROP_RATIO = (3 / 4, 4 / 3)
# Tries until a crop of the drawn area and ratio fits into the image; else it is the whole image.
_CROP_ATTEMPTS = 100
_BATCHES_AHEAD = 2
# Images that one call of a thread decodes: enough to hide the cost of a call.
_CHUNK = 8


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
        is_corrected: whether images of the set are turned upright or laid on a background. Their
            pixels are then not those that the checksum of a set without such images stands for.
    """

    files: LabelledFiles
    image_shape: tuple[int, int, int]
    resize_ratio: float = 1.0
    is_corrected: bool = False

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

        Source: the crops, C. Szegedy et al., arXiv 1409.4842, section 6: area and aspect ratio are
            drawn evenly.
        """
        rows = np.asarray(rows, dtype=np.int64)
        starts = iter(range(0, len(rows), batch_size))
        pool = futures.ThreadPoolExecutor()
        try:
            # Each waiting batch is the futures of its chunks, in order.
            waiting: collections.deque[list[futures.Future[np.ndarray]]] = collections.deque()
            while True:
                while len(waiting) <= _BATCHES_AHEAD and (start := next(starts, None)) is not None:
                    batch = rows[start : start + batch_size]
                    waiting.append(
                        [
                            pool.submit(self._decode, batch[first : first + _CHUNK], crop_seed)
                            for first in range(0, len(batch), _CHUNK)
                        ]
                    )
                if not waiting:
                    return
                yield np.concatenate([chunk.result() for chunk in waiting.popleft()])
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def take(self, rows: np.ndarray) -> "StreamedSplit":
        """Returns a split of these rows, in this order."""
        return dataclasses.replace(self, files=self.files.take(rows))

    def join(self, other: "StreamedSplit") -> "StreamedSplit":
        """Returns a split of these images followed by those of another split of the same set."""
        return dataclasses.replace(self, files=self.files.join(other.files))

    def feed(self, digest: Digest) -> None:
        """Adds image shape, ratio, and each file's relative path, size and label to a checksum."""
        digest.update(f"{self.image_shape} {self.resize_ratio}\n".encode())
        columns = (self.files.names, self.files.sizes, self.files.labels)
        for name, size, label in zip(*columns, strict=True):
            digest.update(os.fsencode(f"{name}\0{size}\0{label}\n"))
        if self.is_corrected:
            digest.update(b"upright on a background\n")

    def _decode(self, rows: np.ndarray, crop_seed: int | None) -> np.ndarray:
        """Returns a few images, uint8 `(rows, height, width, channels)`."""
        height, width, channels = self.image_shape
        pixels = np.empty((len(rows), *self.image_shape), np.uint8)
        for place, (row, path) in enumerate(zip(rows, self.files.paths(rows), strict=True)):

            def use(image: "Image.Image", row: int = int(row)) -> "Image.Image":
                image = image_decoding.upright(image, channels)
                if crop_seed is None:
                    return image_decoding.fit(image, height, width, self.resize_ratio)
                box = crop_box(image.height, image.width, crop_seed, row)
                return image_decoding.fit_exactly(image.crop(box), height, width)

            pixels[place] = image_decoding.read_pixels(path, use).reshape(self.image_shape)
        return pixels


def crop_box(height: int, width: int, seed: int, row: int) -> tuple[int, int, int, int]:
    """Returns left, top, right and bottom of a random crop of an image of this size.

    Args:
        height: of the image, in pixels.
        width: of the image, in pixels.
        seed: at least 0, of an epoch.
        row: of the image in its split.
    """
    # Raw numbers of Philox, whose stream NumPy guarantees: the same crops with every version.
    raw = np.random.Philox(key=np.array([seed, row], np.uint64)).random_raw(4 * _CROP_ATTEMPTS)
    draws = (raw >> np.uint64(11)).reshape(-1, 4) * 2.0**-53  # evenly in [0, 1)
    areas = height * width * (CROP_AREA[0] + (CROP_AREA[1] - CROP_AREA[0]) * draws[:, 0])
    ratios = CROP_RATIO[0] + (CROP_RATIO[1] - CROP_RATIO[0]) * draws[:, 1]
    widths, heights = np.rint(np.sqrt(areas * ratios)), np.rint(np.sqrt(areas / ratios))
    is_fitting = (widths >= 1) & (widths <= width) & (heights >= 1) & (heights <= height)
    if not is_fitting.any():
        return 0, 0, width, height
    first = int(is_fitting.argmax())
    crop_width, crop_height = int(widths[first]), int(heights[first])
    left = int(draws[first, 2] * (width - crop_width + 1))
    top = int(draws[first, 3] * (height - crop_height + 1))
    return left, top, left + crop_width, top + crop_height
