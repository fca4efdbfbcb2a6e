"""Splits in memory: checks, order of batches, joining, holding out and limiting."""

import hashlib

import numpy as np
import pytest

from nasbench_templates.data.core import splits
from nasbench_templates.support.errors import DataError


def images(count, value=0, shape=(2, 2, 1)):
    return np.full((count, *shape), value, np.uint8)


def split(count=4, **kwargs):
    return splits.make_split(images(count, **kwargs), np.arange(count) % 2)


def test_split_is_contiguous_read_only_and_has_int64_labels():
    planar = np.zeros((3, 1, 2, 2), np.uint8).transpose(0, 2, 3, 1)
    made = splits.make_split(planar, np.array([0, 1, 0], np.uint8))
    assert made.num_images == 3
    assert made.labels.dtype == np.int64
    assert made.images.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        made.images[0] = 1


def test_making_a_split_leaves_the_callers_array_writable():
    own = images(2)
    splits.make_split(own, np.array([0, 1]))
    own[0] = 1


@pytest.mark.parametrize(
    ("made_images", "labels", "message"),
    [
        (np.zeros((2, 2, 2, 1)), np.zeros(2, int), "expected uint8 or float32 .*received float64"),
        (np.zeros((2, 2, 2), np.uint8), np.zeros(2, int), r"received uint8 of shape \(2, 2, 2\)"),
        (images(2), np.zeros(2), "expected integer labels .*received float64"),
        (images(2), np.zeros((2, 1), int), r"received int64 of shape \(2, 1\)"),
        (images(2), np.zeros(3, int), "one label per image, received 2 images and 3 labels"),
        (images(0), np.zeros(0, int), r"at least one image, received shape \(0, 2, 2, 1\)"),
    ],
)
def test_malformed_split_is_refused(made_images, labels, message):
    with pytest.raises(DataError, match=message):
        splits.make_split(made_images, labels)


def test_float32_features_are_kept_as_they_are():
    features = np.linspace(-13.8, 9.3, 8, dtype=np.float32).reshape(2, 2, 2, 1)
    made = splits.make_split(features, np.array([0, 1]))
    assert made.dtype == "float32"
    (batch,) = made.batches(np.array([1, 0]), 2)
    assert batch.dtype == np.float32
    assert batch.tolist() == features[::-1].tolist()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_not_finite_are_refused(value):
    features = np.zeros((3, 2, 2, 1), np.float32)
    features[1, 0, 1, 0] = value
    with pytest.raises(DataError, match="received NaN or infinity in image 1"):
        splits.make_split(features, np.zeros(3, int))


def test_checksum_of_features_is_of_their_little_endian_bytes():
    digest = hashlib.sha256()
    splits.make_split(np.full((1, 1, 1, 1), 1.5, np.float32), np.array([2])).feed(digest)
    # 1.5 is 0x3fc00000 in IEEE 754.
    expected = bytes([0, 0, 0xC0, 0x3F]) + bytes([2] + [0] * 7)
    assert digest.hexdigest() == hashlib.sha256(expected).hexdigest()


def test_last_images_are_held_out_in_order():
    pixels = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1)
    train, validation = splits.hold_out_last(splits.make_split(pixels, np.arange(5)), 2, "files")
    assert train.labels.tolist() == [0, 1, 2]
    assert validation.labels.tolist() == validation.images.ravel().tolist() == [3, 4]


@pytest.mark.parametrize("count", [0, 5, 6])
def test_holding_out_nothing_or_everything_is_refused(count):
    with pytest.raises(
        DataError, match=r"files: expected more than .* training images.*received 5"
    ):
        splits.hold_out_last(split(5), count, "files")


def numbered(labels):
    """A split whose image in row r has the value r."""
    pixels = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    return splits.make_split(pixels, np.array(labels))


def values(made):
    return made.images.ravel().tolist()


def test_batches_follow_the_rows_and_the_last_is_smaller():
    made = numbered([0] * 6)
    batches = list(made.batches(np.array([5, 0, 3, 3, 1]), 2))
    assert [batch.ravel().tolist() for batch in batches] == [[5, 0], [3, 3], [1]]
    assert batches[0].dtype == np.uint8
    assert batches[0].shape == (2, *made.image_shape) == (2, 1, 1, 1)


def test_crop_seed_leaves_images_in_memory_alone():
    (batch,) = numbered([0] * 3).batches(np.arange(3), 8, crop_seed=1)
    assert batch.ravel().tolist() == [0, 1, 2]


def test_taking_and_joining_keep_images_with_their_labels():
    made = numbered([0, 1, 2, 3]).take(np.array([3, 1]))
    assert (values(made), made.labels.tolist()) == ([3, 1], [3, 1])
    joined = made.join(numbered([7]))
    assert (values(joined), joined.labels.tolist()) == ([3, 1, 0], [3, 1, 7])


def test_stratified_hold_out_takes_one_tenth_of_every_class():
    rest, taken = splits.hold_out_stratified(numbered([0, 1] * 20), "files")
    assert np.bincount(rest.labels).tolist() == [18, 18]
    assert np.bincount(taken.labels).tolist() == [2, 2]
    assert sorted(values(rest) + values(taken)) == list(range(40))
    assert values(rest) == sorted(values(rest))


def test_fewer_images_than_can_be_held_out_from_are_refused():
    with pytest.raises(
        DataError, match=r"files: expected at least 10 images, one in 10 .*received 9"
    ):
        splits.hold_out_stratified(numbered([0] * 9), "files")


def test_limited_split_keeps_shares_and_order():
    made = splits.limited(numbered([0] * 10 + [1] * 5), 6)
    assert np.bincount(made.labels).tolist() == [4, 2]
    assert values(made) == sorted(values(made))
    assert values(made) == values(splits.limited(numbered([0] * 10 + [1] * 5), 6))


@pytest.mark.parametrize("count", [3, 4])
def test_split_with_no_more_images_stays_whole(count):
    made = numbered([0, 1, 0])
    assert splits.limited(made, count) is made
