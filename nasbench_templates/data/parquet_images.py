"""Reads image data sets in the Parquet layout of the Hugging Face hub.

Shards are named `train-00000-of-00002.parquet`; a row holds an encoded image as a struct of `bytes`
and `path`, and an integer label. Images are decoded with Pillow.
"""

import io
import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nasbench_templates.data import folders, splits
from nasbench_templates.errors import DataError, describe

if TYPE_CHECKING:
    import pyarrow as pa

IMAGE_COLUMNS = ("image", "img")
PARTS = ("train", "test")

_SHARD_NAME = re.compile(r"-(\d+)-of-(\d+)\.parquet")
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
class DecodedImages:
    """One part of a data set as read from its shards.

    Attributes:
        images: uint8, shape `(images, height, width, channels)`.
        labels: int64, shape `(images,)`.
        encodings: how the images were stored, for example `("JPEG",)`; sorted.
    """

    images: np.ndarray
    labels: np.ndarray
    encodings: tuple[str, ...]


def find_folder(places: Sequence[Path]) -> Path | None:
    """Returns the first folder with shards: one of `places`, or their `data` or `plain_text`."""
    for place in places:
        for folder in folders.existing((place, place / "data", place / "plain_text")):
            if any(_shards(folder, part) for part in PARTS):
                return folder
    return None


def read_part(
    folder: Path,
    part: str,
    shape: tuple[int, int, int],
    label_columns: Sequence[str],
    num_classes: int,
) -> DecodedImages:
    """Returns all images of one part, in the order of shards and rows.

    Args:
        folder: holds the shards.
        part: `"train"` or `"test"`.
        shape: `(height, width, channels)` of every image. With three channels, images of other
            colour modes are converted to RGB; with one, to grey.
        label_columns: accepted names of the label column, the preferred one first.
        num_classes: labels must be in `0 .. num_classes - 1`.

    Raises:
        DataError: a shard is missing or damaged, lacks a column, or has a row with an undecodable
            image, another image size or an impossible label.
    """
    shards = _complete_shards(folder, part)
    images: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    encodings: set[str] = set()
    for shard in shards:
        encoded, shard_labels = _read_columns(shard, label_columns)
        splits.check_labels(shard_labels, num_classes, str(shard))
        decoded = np.empty((len(encoded), *shape), np.uint8)
        for row, content in enumerate(encoded):
            pixels, encoding = _decode(content, shape, f"{shard}: row {row}")
            decoded[row] = pixels
            encodings.add(encoding)
        images.append(decoded)
        labels.append(shard_labels)
    return DecodedImages(np.concatenate(images), np.concatenate(labels), tuple(sorted(encodings)))


def _shards(folder: Path, part: str) -> list[Path]:
    return sorted(folder.glob(f"{part}-*.parquet"))


def _complete_shards(folder: Path, part: str) -> list[Path]:
    """Returns the shards of a part, none of which may be missing: that would be a smaller set."""
    shards = _shards(folder, part)
    if not shards:
        raise DataError(f"{folder}: expected {part}-*.parquet, found none")
    numbered = [match for shard in shards if (match := _SHARD_NAME.search(shard.name))]
    if numbered:
        found = {int(match[1]) for match in numbered}
        count = int(numbered[0][2])
        missing = sorted(set(range(count)) - found)
        if missing:
            raise DataError(
                f"{folder}: expected {count} {part} shards, "
                f"missing number {', '.join(map(str, missing))}"
            )
    return shards


def _read_columns(shard: Path, label_columns: Sequence[str]) -> tuple[list[object], np.ndarray]:
    """Returns the encoded images and the labels of one shard."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(shard) as file:
            schema = file.schema_arrow
            image_column = _column(shard, schema, IMAGE_COLUMNS)
            label_column = _column(shard, schema, label_columns)
            table = file.read(columns=[image_column, label_column])
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{shard}: expected a complete Parquet file: {describe(error)}") from error
    image_type = schema.field(image_column).type
    if not pa.types.is_struct(image_type) or image_type.get_field_index("bytes") < 0:
        raise DataError(
            f"{shard}: expected column {image_column!r} to be a struct of bytes and path, "
            f"received {image_type}"
        )
    encoded = [None if cell is None else cell["bytes"] for cell in table[image_column].to_pylist()]
    return encoded, _label_array(shard, label_column, table[label_column])


def _column(shard: Path, schema: "pa.Schema", names: Sequence[str]) -> str:
    for name in names:
        if name in schema.names:
            return name
    raise DataError(
        f"{shard}: expected a column {' or '.join(names)}, received {', '.join(schema.names)}"
    )


def _label_array(shard: Path, name: str, column: "pa.ChunkedArray") -> np.ndarray:
    import pyarrow as pa

    if not pa.types.is_integer(column.type):
        raise DataError(f"{shard}: expected integers in column {name!r}, received {column.type}")
    if column.null_count:
        raise DataError(
            f"{shard}: expected a label in every row of column {name!r}, "
            f"received {column.null_count} rows without one"
        )
    return column.to_numpy().astype(np.int64)


def _decode(content: object, shape: tuple[int, int, int], where: str) -> tuple[np.ndarray, str]:
    """Returns pixels of the given shape and the name of the encoding."""
    from PIL import Image

    if not isinstance(content, bytes):
        raise DataError(f"{where}: expected an encoded image, received none")
    height, width, channels = shape
    try:
        image = Image.open(io.BytesIO(content))
        # Compared before decoding: the header alone says whether the image fits.
        if image.size != (width, height):
            raise DataError(
                f"{where}: expected an image of {height} x {width} pixels (height x width), "
                f"received {image.size[1]} x {image.size[0]}"
            )
        encoding = image.format or "unknown"
        pixels = np.asarray(image.convert("RGB" if channels == 3 else "L"))
    except DataError:
        raise
    except (*_DECODING_ERRORS, Image.DecompressionBombError) as error:
        raise DataError(f"{where}: expected a decodable image: {describe(error)}") from error
    return pixels.reshape(shape), encoding
