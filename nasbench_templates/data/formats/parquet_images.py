"""Reads image data sets in the Parquet layout of the Hugging Face hub.

Shards are named `train-00000-of-00002.parquet`; a row holds an encoded image as a struct of `bytes`
and `path`, and an integer label. The hub's own metadata may name the classes.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nasbench_templates.data.core import splits
from nasbench_templates.data.formats import folders
from nasbench_templates.data.images import image_decoding
from nasbench_templates.data.images.image_census import Census
from nasbench_templates.support.errors import DataError, describe

if TYPE_CHECKING:
    import pyarrow as pa

IMAGE_COLUMNS = ("image", "img")
LABEL_COLUMNS = ("label", "labels")
PARTS = ("train", "test")

_SHARD_NAME = re.compile(r"-(\d+)-of-(\d+)\.parquet")


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPart:
    """One part of a data set as it lies in its shards.

    Attributes:
        encoded: the images, not decoded.
        labels: int64, shape `(images,)`.
        classes: class names by label, `None` where the metadata name none.
    """

    encoded: image_decoding.EncodedImages
    labels: np.ndarray
    classes: tuple[str, ...] | None

    @property
    def num_images(self) -> int:
        """Number of images."""
        return len(self.labels)

    def take(self, rows: np.ndarray) -> "EncodedPart":
        """Returns these images, in this order."""
        return EncodedPart(self.encoded.take(rows), self.labels[rows], self.classes)


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPart:
    """One part of a data set as read from its shards.

    Attributes:
        images: uint8, shape `(images, height, width, channels)`.
        labels: int64, shape `(images,)`.
        census: how the images were stored.
    """

    images: np.ndarray
    labels: np.ndarray
    census: Census


def find_folder(places: Sequence[Path]) -> Path | None:
    """Returns the first folder with shards: one of `places`, or their `data` or `plain_text`."""
    for place in places:
        for folder in folders.existing((place, place / "data", place / "plain_text")):
            if any(has_part(folder, part) for part in PARTS):
                return folder
    return None


def has_part(folder: Path, part: str) -> bool:
    """Returns whether a folder holds a shard of a part."""
    return bool(_shards(folder, part))


def describe_source(census: Census) -> str:
    """Returns the kind of file for a data set's `source`."""
    return f"Parquet image shards ({', '.join(sorted(census.formats))})"


def read_part(
    folder: Path,
    part: str,
    shape: tuple[int, int, int],
    label_columns: Sequence[str],
    num_classes: int,
) -> DecodedPart:
    """Returns all images of one part, in the order of shards and rows.

    Args:
        folder: holds the shards.
        part: for example `"train"`.
        shape: `(height, width, channels)` of every image. With three channels, images of other
            colour modes are converted to RGB; with one, to grey.
        label_columns: accepted names of the label column, the preferred one first.
        num_classes: labels must be in `0 .. num_classes - 1`.

    Raises:
        DataError: a shard is missing or damaged, lacks a column, or has a row with an undecodable
            image, another image size or an impossible label.
    """
    stored = read_encoded(folder, part, label_columns, num_classes)
    images, census = image_decoding.decode(stored.encoded, shape)
    return DecodedPart(images, stored.labels, census)


def read_encoded(
    folder: Path, part: str, label_columns: Sequence[str], num_classes: int | None = None
) -> EncodedPart:
    """Returns one part without decoding its images, in the order of shards and rows.

    Args:
        folder: holds the shards.
        part: for example `"train"`.
        label_columns: accepted names of the label column, the preferred one first.
        num_classes: labels must be below it; `None`: only not below 0.

    Raises:
        DataError: a shard is missing or damaged, lacks a column, or has an impossible label.
    """
    places: list[str] = []
    cells: list[object] = []
    labels: list[np.ndarray] = []
    classes = None
    for shard in _complete_shards(folder, part):
        shard_cells, shard_labels, classes = _read_columns(shard, label_columns)
        bound = num_classes or int(max(shard_labels, default=0)) + 1
        splits.check_labels(shard_labels, bound, str(shard))
        places += [f"{shard}: row {row}" for row in range(len(shard_cells))]
        cells += shard_cells
        labels.append(shard_labels)
    encoded = image_decoding.from_cells(places, cells)
    return EncodedPart(encoded, np.concatenate(labels), classes)


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


def _read_columns(
    shard: Path, label_columns: Sequence[str]
) -> tuple[list[object], np.ndarray, tuple[str, ...] | None]:
    """Returns the encoded images, the labels and the class names of one shard."""
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
    labels = _label_array(shard, label_column, table[label_column])
    return encoded, labels, _class_names(schema, label_column)


def _class_names(schema: "pa.Schema", label_column: str) -> tuple[str, ...] | None:
    """Returns the names of a `ClassLabel` in the hub's metadata; `None` where there are none."""
    try:
        metadata = json.loads((schema.metadata or {})[b"huggingface"])
        names = metadata["info"]["features"][label_column]["names"]
    except (KeyError, TypeError, ValueError):
        return None
    is_list = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return tuple(names) if is_list and names else None


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
