"""Looks at the splits of a data set for what makes its figures worthless, before they train.

Labels are always looked at. Pixels are where they are in memory and not too many for that to cost
little beside a training.
"""

from collections.abc import Sequence

import numpy as np

from nasbench_templates.data.core import duplicates, notes
from nasbench_templates.data.core.notes import Note
from nasbench_templates.data.core.splits import AnySplit, Split
from nasbench_templates.support.errors import DataError

# Values in memory beyond which images are not compared: a second or two on one core.
MOST_BYTES = 1 << 30
PARTS = ("training", "validation", "test")
_Parts = tuple[AnySplit, AnySplit, AnySplit]


def inspect(
    name: str,
    classes: Sequence[str],
    parts: _Parts,
    places: Sequence[Sequence[str] | np.ndarray] | None = None,
) -> tuple[Note, ...]:
    """Returns what there is to say of labels and images.

    Args:
        name: of the data set, for messages.
        classes: class names by label.
        parts: train, validation and test; their labels are below the number of classes.
        places: what each image is called, by part; `None`: its row.

    Raises:
        DataError: nothing can be learned: all training images are of one class, or no image that
            is tested is of a class that any training image has.
    """
    found = _label_notes(name, classes, parts)
    noun = "clips" if parts[0].dtype == "float32" else "images"
    in_memory = tuple(part for part in parts if isinstance(part, Split))
    num_bytes = sum(part.images.nbytes for part in in_memory)
    if len(in_memory) == len(parts) and num_bytes <= MOST_BYTES:
        found += (*_constant_notes(in_memory, places, noun), _duplicate_note(in_memory, noun))
    return found


def _label_notes(name: str, classes: Sequence[str], parts: _Parts) -> tuple[Note, ...]:
    counts = [np.bincount(part.labels, minlength=len(classes)) for part in parts]
    training, tested = counts[0], np.sum(counts[1:], axis=0)
    trained = np.flatnonzero(training)
    if len(trained) < 2:
        raise DataError(
            f"{name}: expected training images of at least 2 classes, received only "
            f"{classes[trained[0]]}: there is nothing to learn"
        )
    unlearned = np.flatnonzero((training == 0) & (tested > 0))
    if tested[unlearned].sum() == tested.sum():
        raise DataError(
            f"{name}: expected training images of the classes that are tested, received none of "
            f"{notes.shorten(_names(classes, unlearned))}: nothing tested can be learned"
        )
    found = []
    empty = np.flatnonzero((training == 0) & (tested == 0))
    if len(empty):
        hint = "; labels seem to count from 1" if _counts_from_one(classes, empty) else ""
        found.append(_class_note(classes, empty, f"classes have no image{hint}"))
    if len(unlearned):
        text = f"classes have no training image, but {tested[unlearned].sum()} to be tested on"
        found.append(_class_note(classes, unlearned, text))
    return tuple(found)


def _names(classes: Sequence[str], labels: np.ndarray) -> list[str]:
    return [classes[label] for label in labels]


def _counts_from_one(classes: Sequence[str], empty: np.ndarray) -> bool:
    return empty.tolist() == [0] and classes[0] == "0"


def _class_note(classes: Sequence[str], labels: np.ndarray, text: str) -> Note:
    names = _names(classes, labels)
    shown = f"{len(names)} of {len(classes)} {text}: {notes.shorten(names)}"
    return Note(notes.LABELS, len(names), shown, tuple(names[: notes.SHOWN]))


def _constant_notes(
    parts: tuple[Split, ...], places: Sequence[Sequence[str] | np.ndarray] | None, noun: str
) -> tuple[Note, ...]:
    names = []
    for number, part in enumerate(parts):
        for row in _constant_rows(part.images).tolist():
            names.append(places[number][row] if places else f"{PARTS[number]} row {row}")
    title = f"{noun} have the same value everywhere"
    return notes.tallied(notes.CONSTANT, title, {"constant": names})


def _constant_rows(images: np.ndarray) -> np.ndarray:
    """Returns the rows of images whose pixels are all alike."""
    height, width = images.shape[1:3]
    first = images[:, 0, 0]
    # A few pixels tell most images; what is left is looked at in full.
    likely = np.ones(len(images), bool)
    for row, column in ((height - 1, width - 1), (height // 2, width // 2), (height // 3, 0)):
        likely &= (images[:, row, column] == first).all(axis=-1)
    rows = np.flatnonzero(likely)
    is_alike = [bool((images[row] == first[row]).all()) for row in rows]
    return rows[np.array(is_alike, bool)]


def _duplicate_note(parts: tuple[Split, ...], noun: str) -> Note:
    digests = [duplicates.digests(part) for part in parts]
    known = [set(each) for each in digests]
    texts, total = [], 0
    for later, earlier in ((1, 0), (2, 0), (2, 1)):
        shared = sum(digest in known[earlier] for digest in digests[later])
        total += shared
        if shared:
            texts.append(
                f"{shared} of {len(digests[later])} {PARTS[later]} {noun} stand in the "
                f"{PARTS[earlier]} split too"
            )
    text = "; ".join(texts) or f"no {noun} stand in two splits"
    return Note(notes.DUPLICATES, total, text, is_expected=not total)
