"""What is said of labels and pixels of a data set, and what is refused."""

import numpy as np
import pytest

from nasbench_templates.data.core import inspection, splits
from nasbench_templates.support.errors import DataError

NOISE = np.random.default_rng(0).integers(0, 256, (12, 3, 3, 1), dtype=np.uint8)


def split(rows, labels):
    return splits.make_split(NOISE[rows], np.array(labels))


def parts(train=(0, 1), validation=(0, 1), test=(0, 1)):
    rows = [[0, 1, 2, 3], [4, 5], [6, 7]]
    labels = (train * (4 // len(train)), validation, test)
    return tuple(split(own, each) for own, each in zip(rows, labels, strict=True))


def texts(found, kind=None):
    return [note.text for note in found if kind in (None, note.kind)]


def test_good_data_are_told_to_be_good():
    found = inspection.inspect("toy", ("a", "b"), parts())
    assert texts(found) == ["no images stand in two splits"]
    assert found[0].is_expected


def test_one_class_alone_is_refused():
    with pytest.raises(DataError, match="of at least 2 classes, received only b"):
        inspection.inspect("toy", ("a", "b"), parts(train=(1,)))


def test_test_classes_that_are_never_trained_are_refused_or_named():
    with pytest.raises(DataError, match=r"received none of c, d: nothing tested can be learned"):
        inspection.inspect("toy", "abcd", parts(validation=(2, 3), test=(2, 3)))
    found = inspection.inspect("toy", "abc", parts(test=(0, 2)))
    assert texts(found, "labels") == [
        "1 of 3 classes have no training image, but 1 to be tested on: c"
    ]


def test_empty_classes_are_named():
    found = inspection.inspect("toy", ("a", "b", "none"), parts())
    assert texts(found, "labels") == ["1 of 3 classes have no image: none"]


def test_labels_that_count_from_one_are_pointed_at():
    found = inspection.inspect("toy", "012", parts((1, 2), (1, 2), (1, 2)))
    assert texts(found, "labels") == [
        "1 of 3 classes have no image; labels seem to count from 1: 0"
    ]


def test_images_of_one_colour_are_named():
    train = np.concatenate([NOISE[:3], np.zeros((1, 3, 3, 1), np.uint8)])
    almost = np.full((2, 3, 3, 1), 7, np.uint8)
    almost[1, 1, 2] = 8
    made = (
        splits.make_split(train, np.array([0, 1, 0, 1])),
        splits.make_split(almost, np.array([0, 1])),
        split([6, 7], (0, 1)),
    )
    (note,) = [note for note in inspection.inspect("toy", "ab", made) if note.kind == "constant"]
    assert note.first == ("training row 3", "validation row 0")
    assert note.text.startswith("2 images have the same value everywhere: 2 constant (")
    places = (["x0", "x1", "x2", "x3"], ["y0", "y1"], ["z0", "z1"])
    (note,) = [
        note for note in inspection.inspect("toy", "ab", made, places) if note.kind == "constant"
    ]
    assert note.first == ("x3", "y0")


def test_images_in_two_splits_are_counted():
    made = (split([0, 1, 2, 3], (0, 1, 0, 1)), split([1, 5], (0, 1)), split([2, 3], (0, 1)))
    (note,) = inspection.inspect("toy", "ab", made)
    assert (note.count, note.is_expected) == (3, False)
    assert note.text == (
        "1 of 2 validation images stand in the training split too; "
        "2 of 2 test images stand in the training split too"
    )


def test_large_sets_are_not_compared(monkeypatch):
    monkeypatch.setattr(inspection, "MOST_BYTES", 10)
    assert inspection.inspect("toy", "ab", parts()) == ()
