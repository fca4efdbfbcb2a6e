"""Decodes images with Pillow, many of them in threads, and names all that are unusable.

Every image that is read anywhere comes through `upright`: turned as its EXIF tag says, without
transparency, grey or RGB; so images in memory, streamed and predicted ones have the same pixels.
"""

import functools
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

# Pictures of pixels. Others are refused: some of Pillow's are documents, start programs (EPS) or
# are only recognised.
FORMATS = (
    "AVIF", "BMP", "DIB", "GIF", "ICO", "JPEG", "JPEG2000", "MPO", "PCX", "PNG", "PPM", "QOI",
    "SGI", "TGA", "TIFF", "WEBP",
)  # fmt: skip
_ORIENTATION_TAG = 0x0112
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
        cell = cells[row]
        if not isinstance(cell, bytes):
            raise DataError("expected an encoded image, received none")
        return io.BytesIO(cell)

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
        size = image.size[::-1] if _swaps_sides(image) else image.size
        if not is_resized and size != (width, height):
            raise DataError(
                f"expected an image of {height} x {width} pixels (height x width), "
                f"received {size[1]} x {size[0]}"
            )
        pixels[row] = np.asarray(fit(upright(image, channels), height, width)).reshape(shape)

    return pixels, _visit(encoded, use, "decoding images")


def read_pixels(path: str, use: Callable[["Image.Image"], "Image.Image"]) -> np.ndarray:
    """Returns the pixels of one file, uint8 `(height, width)` or `(height, width, channels)`.

    Args:
        path: of the file.
        use: makes the image wanted of the opened one.

    Raises:
        DataError: it cannot be read or decoded; the message names it.
    """
    pixels = []
    encoded = from_paths([path])
    try:
        _visit_one(encoded, 0, lambda row, image: pixels.append(np.asarray(use(image))), Census())
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    return pixels[0]


def is_image(path: str) -> bool:
    """Returns whether a file's first bytes are those of an image, whatever its name."""
    from PIL import Image

    try:
        # TGA has no mark: anything might be one.
        marked = [form for form in _formats() if form != "TGA"]
        with Image.open(path, formats=marked):
            return True
    except (*_DECODING_ERRORS, Image.DecompressionBombError):
        return False


def upright(image: "Image.Image", channels: int) -> "Image.Image":
    """Returns an image as it is meant to be seen, grey for one channel, else RGB.

    It is turned as its EXIF tag says, and transparent pixels are laid on `BACKGROUND`.
    """
    from PIL import Image, ImageOps

    image.load()
    if _orientation(image) != 1:
        image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        # By way of the form with straight alpha: others have no way to RGBA.
        straight = {"La": "LA", "RGBa": "RGBA"}.get(image.mode, image.mode)
        image = image.convert(straight).convert("RGBA")
        image = Image.alpha_composite(
            Image.new("RGBA", image.size, image_census.BACKGROUND), image
        ).convert("RGB")
    return image.convert("RGB" if channels == 3 else "L")


def fit(image: "Image.Image", height: int, width: int, ratio: float = 1.0) -> "Image.Image":
    """Returns the centre of an image that is scaled until it covers `ratio` times the size.

    Bilinear, averaging when it shrinks.
    """
    from PIL import Image

    scale = ratio * max(height / image.height, width / image.width)
    # The side that fits exactly may come out below the target by a rounding error.
    covering = max(round(scale * image.width), width), max(round(scale * image.height), height)
    left, top = (covering[0] - width) // 2, (covering[1] - height) // 2
    if image.size != covering:
        image = image.resize(covering, Image.Resampling.BILINEAR)
    if covering == (width, height):
        return image
    return image.crop((left, top, left + width, top + height))


def fit_exactly(image: "Image.Image", height: int, width: int) -> "Image.Image":
    """Returns an image scaled to a size, whatever its sides' ratio becomes; as `fit` scales."""
    from PIL import Image

    return image.resize((width, height), Image.Resampling.BILINEAR)


def _orientation(image: "Image.Image") -> int:
    """Returns the EXIF tag 1..8 that says how an image is turned, 1 where there is none."""
    # A PNG without the tag before its pixels would be decoded to look for one behind them.
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    try:
        return image.getexif().get(_ORIENTATION_TAG, 1)
    except _DECODING_ERRORS:
        return 1  # metadata that cannot be read say nothing


def _swaps_sides(image: "Image.Image") -> bool:
    if _orientation(image) not in (5, 6, 7, 8):
        return False
    # A TIFF's size is given as it will be once Pillow has turned it.
    return image.format != "TIFF" or image.size == (image.tag_v2.get(256), image.tag_v2.get(257))


@functools.lru_cache(maxsize=1)
def _formats() -> tuple[str, ...]:
    """Returns those of `FORMATS` that the installed Pillow reads."""
    from PIL import Image

    Image.init()
    return tuple(form for form in FORMATS if form in Image.OPEN)


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

    all_faults: dict[int, str] = {}
    total = Census()
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
            with Image.open(stream, formats=_formats()) as image:
                _count(image, encoded.places[row], census)
                use(row, image)
    except DataError:
        raise
    except Image.UnidentifiedImageError as error:
        raise DataError("expected a decodable image, received no known image format") from error
    except (*_DECODING_ERRORS, Image.DecompressionBombError) as error:
        raise DataError(f"expected a decodable image: {describe(error)}") from error


def _count(image: "Image.Image", place: str, census: Census) -> None:
    census.add(image, place, _swaps_sides(image))
    if _orientation(image) != 1:
        census.add_change(image_census.TURNED, place)
    if image.has_transparency_data:
        census.add_change(image_census.FLATTENED, place)
    # The second picture of an MPO is a preview, or the other eye's.
    if image.format != "MPO" and getattr(image, "is_animated", False):
        census.add_change(image_census.ANIMATED, place)
