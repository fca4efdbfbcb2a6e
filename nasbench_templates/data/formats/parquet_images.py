"""Reads image data sets in the Parquet layout of the Hugging Face hub.

Shards are named `train-00000-of-00002.parquet`; a row holds an encoded image, as bytes or as a
struct of `bytes` and `path`, and a label: an integer or text. The hub's own metadata may name the
classes.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nasbench_templates.data.core import notes
from nasbench_templates.data.core.notes import Note
from nasbench_templates.data.formats import folders, parquet_labels
from nasbench_templates.data.formats.parquet_labels import ShardLabels
from nasbench_templates.data.images import image_decoding
from nasbench_templates.data.images.image_census import Census
from nasbench_templates.support.errors import DataError, describe

if TYPE_CHECKING:
    import pyarrow as pa

IMAGE_COLUMNS = ("image", "img")
LABEL_COLUMNS = ("label", "labels")
PARTS = ("train", "test")

# Number and count, perhaps with the fingerprint that the hub once added.
_SHARD_NAME = re.compile(r"-(\d+)-of-(\d+)(?:-[0-9a-f]+)?\.parquet")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of Parquet shards are read.

    Attributes:
        image: name of the column of images; `None`: one of `IMAGE_COLUMNS`.
        label: name of the column of labels; `None`: one of `LABEL_COLUMNS`.
    """

    image: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPart:
    """One part of a data set as it lies in its shards.

    Attributes:
        encoded: the images, not decoded.
        labels: int64, shape `(images,)`.
    """

    encoded: image_decoding.EncodedImages
    labels: np.ndarray

    @property
    def num_images(self) -> int:
        """Number of images."""
        return len(self.labels)

    def take(self, rows: np.ndarray) -> "EncodedPart":
        """Returns these images, in this order."""
        return EncodedPart(self.encoded.take(rows), self.labels[rows])


@dataclass(frozen=True, slots=True, eq=False)
class StoredParts:
    """Parts of a data set, not decoded, with labels in one numbering.

    Attributes:
        parts: by name.
        classes: names by label, `None` where no shard names any.
        notes: on labels that differ between shards.
    """

    parts: dict[str, EncodedPart]
    classes: tuple[str, ...] | None
    notes: tuple[Note, ...]


def find_folder(places: Sequence[Path]) -> Path | None:
    """Returns the folder with shards: the first of `places` that has some, or a folder in it.

    Raises:
        DataError: several of a place, its `data` and its `plain_text` hold shards.
    """
    for place in places:
        found = [
            folder
            for folder in folders.existing((place, place / "data", place / "plain_text"))
            if any(has_part(folder, part) for part in PARTS)
        ]
        if len(found) > 1:
            raise DataError(
                f"{place}: expected shards in one folder, received some in each of "
                f"{', '.join(map(str, found))}; name the one that is meant"
            )
        if found:
            return found[0]
    return None


def has_part(folder: Path, part: str) -> bool:
    """Returns whether a folder holds a shard of a part."""
    return bool(_shards(folder, part))


def describe_source(census: Census) -> str:
    """Returns the kind of file for a data set's `source`."""
    return f"Parquet image shards ({', '.join(sorted(census.formats))})"


def read_parts(
    folder: Path,
    parts: Sequence[str],
    image_columns: Sequence[str] = IMAGE_COLUMNS,
    label_columns: Sequence[str] = LABEL_COLUMNS,
    known_classes: tuple[str, ...] | None = None,
) -> StoredParts:
    """Returns parts without decoding their images, in the order of shards and rows.

    Args:
        folder: holds the shards.
        parts: for example `("train", "test")`; where shards number classes differently, those of
            the first part decide.
        image_columns: accepted names of the image column, the preferred one first.
        label_columns: likewise of the label column.
        known_classes: names by label of a set that is known.

    Raises:
        DataError: a shard is missing, damaged or one of another upload, lacks a column, or has
            labels that no numbering makes sense of.
    """
    shards = [(part, shard) for part in parts for shard in complete_shards(folder, part)]
    read = [_read_columns(shard, image_columns, label_columns) for _, shard in shards]
    numbering = parquet_labels.unify([labels for _, labels in read], known_classes)
    found = {}
    for part in parts:
        rows = [number for number, (own, _) in enumerate(shards) if own == part]
        places = [f"{shards[n][1]}: row {row}" for n in rows for row in range(len(read[n][0]))]
        cells = [cell for number in rows for cell in read[number][0]]
        labels = np.concatenate([numbering.labels[number] for number in rows])
        found[part] = EncodedPart(image_decoding.from_cells(places, cells), labels)
    said = (*numbering.notes, *_unread(folder, {shard.name for _, shard in shards}))
    return StoredParts(found, numbering.classes, said)


def _unread(folder: Path, read: Collection[str]) -> tuple[Note, ...]:
    """Returns a note on Parquet files that are of no part, or whose names are spelled otherwise."""
    names = sorted(
        path.name for path in folder.iterdir() if _is_parquet(path) and path.name not in read
    )
    return notes.tallied(notes.SKIPPED, "files were left out", {"of no part": names})


def complete_shards(folder: Path, part: str) -> list[Path]:
    """Returns the shards of a part: of one upload, and none of them missing.

    Raises:
        DataError: there is none, one is missing, or some are of another upload.
    """
    shards = _shards(folder, part)
    if not shards:
        there = sorted(each.name for each in folder.iterdir() if _is_parquet(each))
        among = f" among {notes.shorten(there)}" if there else ""
        raise DataError(f"{folder}: expected {part}-*.parquet, found none{among}")
    numbers: dict[str, list[int]] = {}
    for shard in shards:
        match = _SHARD_NAME.search(shard.name)
        numbers.setdefault(match[2] if match else "", []).append(int(match[1]) if match else 0)
    names = ", ".join(shard.name for shard in shards)
    (count, found), *others = numbers.items()
    if others or (count and len(set(found)) < len(found)):
        raise DataError(
            f"{folder}: expected {part} shards of one upload, received several beside each other, "
            f"whose images would be read twice: {names}; move all but one upload away"
        )
    if count and (missing := sorted(set(range(int(count))) - set(found))):
        raise DataError(
            f"{folder}: expected {int(count)} {part} shards, "
            f"missing number {', '.join(map(str, missing))}"
        )
    return shards


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _shards(folder: Path, part: str) -> list[Path]:
    return sorted([*folder.glob(f"{part}-*.parquet"), *folder.glob(f"{part}.parquet")])


def _read_columns(
    shard: Path, image_columns: Sequence[str], label_columns: Sequence[str]
) -> tuple[list[object], ShardLabels]:
    """Returns the encoded images and the labels of one shard."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(shard) as file:
            schema = file.schema_arrow
            image_column = _column(shard, schema, image_columns, "--image_column")
            label_column = _column(shard, schema, label_columns, "--label_column")
            table = file.read(columns=[image_column, label_column])
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{shard}: expected a complete Parquet file: {describe(error)}") from error
    names = _class_names(schema, label_column)
    labels = parquet_labels.read_labels(str(shard), label_column, table[label_column], names)
    return _cells(shard, image_column, table[image_column]), labels


def _cells(shard: Path, name: str, column: "pa.ChunkedArray") -> list[object]:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return column.to_pylist()
    if not pa.types.is_struct(kind) or kind.get_field_index("bytes") < 0:
        raise DataError(
            f"{shard}: expected column {name!r} to be bytes or a struct of bytes and path, "
            f"received {kind}; --image_column=NAME chooses another"
        )
    return [None if cell is None else cell["bytes"] for cell in column.to_pylist()]


def _class_names(schema: "pa.Schema", label_column: str) -> tuple[str, ...] | None:
    """Returns the names of a `ClassLabel` in the hub's metadata; `None` where there are none."""
    try:
        metadata = json.loads((schema.metadata or {})[b"huggingface"])
        names = metadata["info"]["features"][label_column]["names"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    is_list = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return tuple(names) if is_list and names else None


def _column(shard: Path, schema: "pa.Schema", names: Sequence[str], flag: str) -> str:
    for name in names:
        if name in schema.names:
            return name
    raise DataError(
        f"{shard}: expected a column {' or '.join(names)}, received {', '.join(schema.names)}; "
        f"{flag}=NAME chooses another"
    )
