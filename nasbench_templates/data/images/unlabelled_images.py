"""Image files without labels, for prediction: found, checked, and decoded a part at a time.

images = make_images(find_files(["photos/", "cat.jpg"]), (32, 32, 3))
"""

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_templates.data.core import file_search, notes
from nasbench_templates.data.core.file_search import Skipped
from nasbench_templates.data.core.notes import Note
from nasbench_templates.data.images import image_decoding, image_folders
from nasbench_templates.data.images.image_decoding import EncodedImages
from nasbench_templates.support.errors import DataError

# Decoded pixels that are held at once; enough images for all threads.
_MEMORY_BYTES = 1 << 28


@dataclass(frozen=True, slots=True, eq=False)
class UnlabelledImages:
    """Images that are decoded when they are asked for.

    Attributes:
        encoded: the images as they are stored.
        image_shape: `(height, width, channels)` of every image as given out.
    """

    encoded: EncodedImages
    image_shape: tuple[int, int, int]

    @property
    def num_images(self) -> int:
        """Number of images."""
        return len(self.encoded.places)

    def batches(self, rows: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
        """Yields images uint8 `(batch, height, width, channels)` of `rows`, in their order.

        Raises:
            DataError: an image cannot be decoded.
        """
        # Many batches are decoded together, because each alone would keep one thread busy.
        fitting = _MEMORY_BYTES // (math.prod(self.image_shape) * batch_size)
        step = max(fitting, 1) * batch_size
        for start in range(0, len(rows), step):
            part = self.encoded.take(rows[start : start + step])
            pixels, _ = image_decoding.decode(part, self.image_shape, is_resized=True)
            for first in range(0, len(pixels), batch_size):
                yield pixels[first : first + batch_size]


def find_files(paths: Sequence[str]) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Returns files as they are given, and in place of folders the image files below them.

    A folder's files come sorted by path, without hidden ones and those that are no images, about
    which there is a note. A file need not exist; it is then among the faults of `make_images`.

    Raises:
        DataError: no image below a folder.
    """
    found: list[str] = []
    skipped = Skipped()
    for path in paths:
        if not os.path.isdir(path):
            found.append(path)
            continue
        below = file_search.find(Path(path), image_folders.IMAGES, f"{path}/", skipped)
        if not below:
            raise DataError(f"{path}: expected image files in the folder or below it, found none")
        found += (os.path.join(path, name) for name in below)
    return tuple(found), skipped.notes()


def make_images(
    paths: Sequence[str], image_shape: tuple[int, int, int]
) -> tuple[UnlabelledImages, tuple[str, ...]]:
    """Returns the images that can be decoded, and what is wrong with each of the others.

    Images of another size are scaled until they cover height and width and cut to the centre. All
    are decoded here once to find the faults, and again when they are asked for: that is cheap
    beside a prediction and needs no memory for all of them.

    Args:
        paths: files.
        image_shape: `(height, width, channels)` of the images wanted; with 1 channel they become
            grey, with 3 RGB.
    """
    encoded = image_decoding.from_paths(paths)
    faults, census = image_decoding.find_faults(encoded)
    notes.log("images", census.notes(image_shape[-1]))
    usable = np.array([row for row in range(len(paths)) if row not in faults], np.int64)
    return UnlabelledImages(encoded.take(usable), image_shape), tuple(faults.values())
