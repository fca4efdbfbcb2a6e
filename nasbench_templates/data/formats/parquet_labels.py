"""Makes one numbering of classes of the labels in several Parquet shards.

Shards may number their classes, name the numbers in the hub's metadata, or hold names as text. What
contradicts is brought to one numbering by name, or refused: numbers that mean other classes in
another shard would train without a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nasbench_templates.data.core import notes, splits
from nasbench_templates.data.core.notes import Note
from nasbench_templates.support.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

# Names that may be spelled differently in a known set: the hub's CIFAR-100 has "cra" for "crab".
_MISSPELLED_SHARE = 10
# Classes without names that a few images may number; more need as many images.
_MOST_UNNAMED = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class ShardLabels:
    """Labels of one shard.

    Attributes:
        where: the shard, for messages.
        numbers: int64, shape `(rows,)`.
        names: of the classes by number; `None` where only numbers are stored.
        is_text: whether the labels are stored as text, so that their order means nothing.
    """

    where: str
    numbers: np.ndarray
    names: tuple[str, ...] | None
    is_text: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Numbering:
    """Labels of several shards in one numbering.

    Attributes:
        labels: int64, for each shard.
        classes: names by label, `None` where no shard names any.
        notes: on names that differed.
    """

    labels: tuple[np.ndarray, ...]
    classes: tuple[str, ...] | None
    notes: tuple[Note, ...] = ()


def read_labels(
    where: str, name: str, column: "pa.ChunkedArray", names: tuple[str, ...] | None
) -> ShardLabels:
    """Returns the labels in a column: integers, text, or a dictionary of either.

    Args:
        where: the shard, for messages.
        name: of the column.
        column: the labels.
        names: of the classes by number, where the shard's metadata hold them.

    Raises:
        DataError: a row has no label, or labels are of another type.
    """
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if column.null_count:
        raise DataError(
            f"{where}: expected a label in every row of column {name!r}, "
            f"received {column.null_count} rows without one"
        )
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        return ShardLabels(where, column.to_numpy().astype(np.int64), names)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        texts, numbers = np.unique(np.array(column.to_pylist(), object), return_inverse=True)
        blank = sum(not texts[number].strip() for number in numbers)
        if blank:
            raise DataError(
                f"{where}: expected a label in every row of column {name!r}, "
                f"received {blank} rows with a blank one"
            )
        return ShardLabels(where, numbers.astype(np.int64), tuple(texts), is_text=True)
    raise DataError(
        f"{where}: expected integers or text in column {name!r}, received {column.type}; "
        "--label_column=NAME chooses another"
    )


def unify(shards: Sequence[ShardLabels], known: tuple[str, ...] | None = None) -> Numbering:
    """Returns all labels in one numbering.

    Args:
        shards: at least one; where several number differently, the first decides.
        known: the classes by label, of a set that is known.

    Raises:
        DataError: names that are not those of the other shards, or of the known set; numbers
            beyond the names, or beyond the number of images.
    """
    num_images = sum(len(shard.numbers) for shard in shards)
    for shard in shards:
        _check_numbers(shard, num_images, known)
    named = [shard for shard in shards if shard.names is not None]
    if not named:
        return Numbering(tuple(shard.numbers for shard in shards), known)
    classes = known or _classes(named)
    splits.check_class_names(classes, named[0].where)
    found: list[Note] = []
    labels = tuple(_renumber(shard, classes, known is not None, found) for shard in shards)
    return Numbering(labels, classes, tuple(found))


def _check_numbers(shard: ShardLabels, num_images: int, known: tuple[str, ...] | None) -> None:
    if len(shard.numbers) and shard.numbers.min() == -1:
        raise DataError(
            f"{shard.where}: expected a class for every image, received the label -1, by which "
            "images without a label are marked"
        )
    if shard.names is not None:
        if len(set(shard.names)) < len(shard.names):
            raise DataError(f"{shard.where}: expected every class name once in the metadata")
        bound = len(shard.names)
    else:
        # Larger numbers are no numbering, and would be taken for as many classes.
        bound = len(known) if known else max(num_images, _MOST_UNNAMED)
    splits.check_labels(shard.numbers, bound, shard.where)


def _classes(named: Sequence[ShardLabels]) -> tuple[str, ...]:
    """Returns the class names: the first shard's that numbers them, else all texts, sorted."""
    numbered = next((shard.names for shard in named if not shard.is_text), None)
    return numbered or tuple(sorted({name for shard in named for name in shard.names or ()}))


def _renumber(
    shard: ShardLabels, classes: tuple[str, ...], is_known: bool, found: list[Note]
) -> np.ndarray:
    """Returns a shard's labels in the numbering of `classes`; adds what there is to say of it."""
    if shard.names is None:
        text = f"{shard.where} names no classes: its numbers are taken as those of the others"
        found.append(Note(notes.LABELS, len(shard.numbers), text))
        splits.check_labels(shard.numbers, len(classes), shard.where)
        return shard.numbers
    if shard.names == classes:
        return shard.numbers
    place = {name: label for label, name in enumerate(classes)}
    unknown = [name for name in shard.names if name not in place]
    if unknown and is_known and _are_misspelled(shard, classes):
        text = (
            f"{shard.where} spells {len(unknown)} class names otherwise: {notes.shorten(unknown)}"
        )
        found.append(Note(notes.LABELS, len(unknown), text, tuple(unknown[: notes.SHOWN])))
        return shard.numbers
    if unknown:
        raise DataError(
            f"{shard.where}: expected the classes {notes.shorten(classes)}, received others: "
            f"{notes.shorten(unknown)}"
        )
    if not shard.is_text:
        text = f"{shard.where} numbers its classes in another order: they are told by their names"
        found.append(Note(notes.LABELS, len(shard.names), text))
    return np.array([place[name] for name in shard.names], np.int64)[shard.numbers]


def _are_misspelled(shard: ShardLabels, classes: tuple[str, ...]) -> bool:
    """Returns whether names stand in the known order but for a few that are nobody else's."""
    if shard.names is None or len(shard.names) != len(classes) or shard.is_text:
        return False
    others = [name for name, own in zip(shard.names, classes, strict=True) if name != own]
    few = len(others) * _MISSPELLED_SHARE <= len(classes)
    return few and not set(others) & set(classes)
