"""Decodes many images with Pillow, in threads, and names all that are unusable.

Orientation tags are not followed: pixels are taken as they are stored.
"""

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from nasbench_templates.data.core import parallel
from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.images import image_census
from nasbench_templates.data.images.image_census import Census
from nasbench_templates.support.errors import DataError, describe

if TYPE_CHECKING:
    from PIL import Image

# What Pillow raises for damaged images, depending on the format.
_DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True, eq=False)
class EncodedImages:
    """Images that are not decoded yet.

    Attributes:
        places: file, or file and row, of each; for messages.
        open: gives the stream of a row; may raise `OSError` or `DataError`.
    """

    places: Sequence[str]
    open: Callable[[int], BinaryIO]

    def take(self, rows: np.ndarray) -> "EncodedImages":
        """Returns the images of these rows, in this order."""
        places = [self.places[row] for row in rows]
        return EncodedImages(places, lambda row: self.open(rows[row]))


def from_files(files: LabelledFiles) -> EncodedImages:
    """Returns the images in files."""
    return from_paths(files.paths())


def from_paths(paths: Sequence[str]) -> EncodedImages:
    """Returns the images in the files at these paths."""
    return EncodedImages(paths, lambda row: open(paths[row], "rb"))


def from_cells(places: Sequence[str], cells: Sequence[object]) -> EncodedImages:
    """Returns the images in the cells of a table, each of which should be `bytes`."""

    def open_cell(row: int) -> BinaryIO:
        if not isinstance(cells[row], bytes):
            raise DataError("expected an encoded image, received none")
        return io.BytesIO(cells[row])

    return EncodedImages(places, open_cell)


def take_census(encoded: EncodedImages) -> Census:
    """Returns the kinds of images by their headers, without decoding them.

    Raises:
        DataError: some are empty, not images, or have more than 8 bits a channel.
    """
    return _visit(encoded, lambda row, image: None, "checking images")


def find_faults(encoded: EncodedImages) -> tuple[dict[int, str], Census]:
    """Decodes all images and keeps none; returns what is wrong, by row, and the kinds of images.

    A fault is one sentence that opens with the image's place.
    """
    return _try_all(encoded, lambda row, image: image.load(), "checking images")


def decode(
    encoded: EncodedImages, shape: tuple[int, int, int], *, is_resized: bool = False
) -> tuple[np.ndarray, Census]:
    """Returns the pixels of all images, uint8 `(images, height, width, channels)`, and their kinds.

    Args:
        encoded: the images.
        shape: `(height, width, channels)` of every image. With three channels, images of other
            colour modes are converted to RGB; with one, to grey.
        is_resized: whether images of another size are scaled until they cover height and width and
            are then cut to the centre (bilinear, averaging when they shrink), or refused.

    Raises:
        DataError: some cannot be decoded, or have another size and are not resized.
    """
    height, width, channels = shape
    pixels = np.empty((len(encoded.places), *shape), np.uint8)

    def use(row: int, image: "Image.Image") -> None:
        # Compared before decoding: the header alone says whether the image fits.
        if not is_resized and image.size != (width, height):
            raise DataError(
                f"expected an image of {height} x {width} pixels (height x width), "
                f"received {image.size[1]} x {image.size[0]}"
            )
        converted = image.convert("RGB" if channels == 3 else "L")
        pixels[row] = np.asarray(_fit(converted, height, width)).reshape(shape)

    return pixels, _visit(encoded, use, "decoding images")


def _fit(image: "Image.Image", height: int, width: int) -> "Image.Image":
    from PIL import Image

    if image.size == (width, height):
        return image
    scale = max(height / image.height, width / image.width)
    # The side that fits exactly may come out below the target by a rounding error.
    covering = max(round(scale * image.width), width), max(round(scale * image.height), height)
    left, top = (covering[0] - width) // 2, (covering[1] - height) // 2
    resized = image.resize(covering, Image.Resampling.BILINEAR)
    return resized.crop((left, top, left + width, top + height))


def _visit(encoded: EncodedImages, use: Callable[[int, "Image.Image"], None], title: str) -> Census:
    """Opens every image, passes it to `use`, and refuses all that failed at once."""
    faults, census = _try_all(encoded, use, title)
    if faults:
        raise image_census.refusal(list(faults.values()), len(encoded.places))
    return census


def _try_all(
    encoded: EncodedImages, use: Callable[[int, "Image.Image"], object], title: str
) -> tuple[dict[int, str], Census]:
    """Opens every image and passes it to `use`; returns what failed, by row, and all kinds."""

    def work(rows: range) -> tuple[dict[int, str], Census]:
        faults, census = {}, Census()
        for row in rows:
            try:
                _visit_one(encoded, row, use, census)
            except DataError as error:
                faults[row] = f"{encoded.places[row]}: {error}"
        return faults, census

    all_faults, total = {}, Census()
    for faults, census in parallel.map_chunks(len(encoded.places), work, title):
        all_faults |= faults
        total.merge(census)
    return all_faults, total


def _visit_one(
    encoded: EncodedImages, row: int, use: Callable[[int, "Image.Image"], object], census: Census
) -> None:
    from PIL import Image

    try:
        with encoded.open(row) as stream:
            if not stream.read(1):
                raise DataError("expected an image, received an empty file")
            stream.seek(0)
            with Image.open(stream) as image:
                census.add(image, encoded.places[row])
                use(row, image)
    except DataError:
        raise
    except Image.UnidentifiedImageError as error:
        raise DataError("expected a decodable image, received no known image format") from error
    except (*_DECODING_ERRORS, Image.DecompressionBombError) as error:
        raise DataError(f"expected a decodable image: {describe(error)}") from error
