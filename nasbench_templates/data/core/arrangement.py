"""Which files of a set of the user's own are for training, validation and testing."""

from collections.abc import Callable
from typing import TypeVar

from nasbench_templates.data.core import notes, splits
from nasbench_templates.support.errors import DataError

VALIDATION_NAMES = ("val", "valid", "validation")
_Part = TypeVar("_Part", bound=splits.Rows)


def arrange(
    where: object, has: Callable[[str], bool], read: Callable[[str], _Part]
) -> tuple[_Part, _Part, _Part]:
    """Returns train, validation and test by the rules in the description of `images.own_sets`.

    Args:
        where: the data set's folder, for messages.
        has: whether there is a part of this name.
        read: returns a part; `"train"` for all of a set without parts.

    Raises:
        DataError: several validation parts, too little to split, or what `read` raises.
    """
    train = read("train")
    owns = [part for part in VALIDATION_NAMES if has(part)]
    if len(owns) > 1:
        raise DataError(
            f"{where}: expected one validation part, received {', '.join(owns)}; keep one of them"
        )
    own = owns[0] if owns else None
    others = [read(part) for part in (own, "test") if part and has(part)]
    if len(others) == 2:
        validation, test = others
        return train, validation, test
    if others:
        (test,) = others
    else:
        train, test = splits.hold_out_stratified(train, where)
    train, validation = splits.hold_out_stratified(train, where)
    return train, validation, test


def remarks(has: Callable[[str], bool]) -> tuple[notes.Note, ...]:
    """Returns what to say of parts that serve as others than they are called.

    Args:
        has: whether there is a part of this name.
    """
    own = next(filter(has, VALIDATION_NAMES), None)
    if own is None or has("test"):
        return ()
    text = f"there is no test part: {own} is the test split, and training images validate"
    return (notes.Note(notes.PARTS, 1, text, (own,)),)
