"""Splits, statistics, checksum and validation of data sets."""

import hashlib

import numpy as np
import pytest

from nasbench_templates.data import dataset
from nasbench_templates.errors import DataError, UnknownNameError


def images(count, value=0, shape=(2, 2, 1)):
    return np.full((count, *shape), value, np.uint8)


def split(count=4, **kwargs):
    return dataset.make_split(images(count, **kwargs), np.arange(count) % 2)


def test_split_is_contiguous_read_only_and_has_int64_labels():
    planar = np.zeros((3, 1, 2, 2), np.uint8).transpose(0, 2, 3, 1)
    made = dataset.make_split(planar, np.array([0, 1, 0], np.uint8))
    assert made.num_images == 3
    assert made.labels.dtype == np.int64
    assert made.images.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        made.images[0] = 1


def test_making_a_split_leaves_the_callers_array_writable():
    own = images(2)
    dataset.make_split(own, np.array([0, 1]))
    own[0] = 1


@pytest.mark.parametrize(
    ("made_images", "labels", "message"),
    [
        (np.zeros((2, 2, 2, 1)), np.zeros(2, int), "expected uint8 images .*received float64"),
        (np.zeros((2, 2, 2), np.uint8), np.zeros(2, int), r"received uint8 of shape \(2, 2, 2\)"),
        (images(2), np.zeros(2), "expected integer labels .*received float64"),
        (images(2), np.zeros((2, 1), int), r"received int64 of shape \(2, 1\)"),
        (images(2), np.zeros(3, int), "one label per image, received 2 images and 3 labels"),
        (images(0), np.zeros(0, int), r"at least one image, received shape \(0, 2, 2, 1\)"),
    ],
)
def test_malformed_split_is_refused(made_images, labels, message):
    with pytest.raises(DataError, match=message):
        dataset.make_split(made_images, labels)


def test_last_images_are_held_out_in_order():
    pixels = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1)
    train, validation = dataset.hold_out_last(pixels, np.arange(5), 2)
    assert train.labels.tolist() == [0, 1, 2]
    assert validation.labels.tolist() == validation.images.ravel().tolist() == [3, 4]


@pytest.mark.parametrize("count", [0, 5, 6])
def test_holding_out_nothing_or_everything_is_refused(count):
    with pytest.raises(DataError, match=r"expected more than .* training images.*received 5"):
        dataset.hold_out_last(images(5), np.arange(5), count)


def test_statistics_are_per_channel_and_exact():
    pixels = np.zeros((2, 1, 2, 2), np.uint8)
    pixels[..., 0] = [[[0, 255]], [[0, 255]]]
    pixels[..., 1] = 9
    mean, std = dataset.channel_statistics(pixels)
    assert mean == (127.5, 9.0)
    assert std == (127.5, 1.0)  # a constant channel is divided by 1


def test_statistics_equal_numpys_over_several_chunks():
    pixels = np.random.default_rng(0).integers(0, 256, (5000, 2, 3, 3), dtype=np.uint8)
    mean, std = dataset.channel_statistics(pixels)
    # Both sum in float64; only the order of additions differs.
    np.testing.assert_allclose(mean, pixels.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(std, pixels.std(axis=(0, 1, 2)), rtol=1e-12)


def test_dataset_properties_and_checksum():
    train, validation, test = split(4, value=1), split(2, value=2), split(3, value=3)
    made = dataset.make_dataset("toy", ("a", "b"), (train, validation, test), "made by hand")
    assert made.input_shape == (2, 2, 1)
    assert made.num_classes == 2
    assert made.num_images == (4, 2, 3)
    assert made.mean == (1.0,)  # of the training split alone
    content = b"".join(
        bytes([value]) * (4 * count) + b"".join(bytes([i % 2] + [0] * 7) for i in range(count))
        for count, value in ((4, 1), (2, 2), (3, 3))
    )
    assert made.checksum == hashlib.sha256(content).hexdigest()


def test_given_statistics_replace_computed_ones():
    made = dataset.make_dataset("toy", "ab", (split(), split(), split()), "s", ((5.0,), (2.0,)))
    assert (made.mean, made.std) == ((5.0,), (2.0,))


def test_statistics_for_another_number_of_channels_are_refused():
    with pytest.raises(DataError, match=r"toy: expected 1 means .*received 3 and 1"):
        dataset.make_dataset("toy", "ab", (split(),) * 3, "s", ((5.0,) * 3, (2.0,)))


@pytest.mark.parametrize("label", [-1, 2])
def test_label_without_class_is_refused(label):
    wrong = dataset.make_split(images(2), np.array([0, label]))
    with pytest.raises(
        DataError, match=rf"toy validation: expected labels in 0\.\.1, received {label} in row 1"
    ):
        dataset.make_dataset("toy", "ab", (split(), wrong, split()), "s")


def test_splits_of_different_image_shapes_are_refused():
    with pytest.raises(DataError, match=r"toy test: expected images of shape \(2, 2, 1\)"):
        dataset.make_dataset("toy", "ab", (split(), split(), split(shape=(3, 2, 1))), "s")


def test_every_registered_data_set_is_described():
    assert {"digits", "mnist", "fashion_mnist", "cifar10"} <= set(dataset.datasets)
    for name in dataset.datasets:
        info = dataset.datasets.get(name)
        assert info.name == name
        assert info.description
        assert len(info.input_shape) == 3


def test_unknown_name_lists_close_ones():
    with pytest.raises(UnknownNameError, match="unknown data set 'cifar-10': did you mean cifar10"):
        dataset.load_dataset("cifar-10", None)


def test_loaded_data_must_fit_the_description(monkeypatch):
    made = dataset.make_dataset("toy", "ab", (split(),) * 3, "s")
    info = dataset.DatasetInfo("toy", "toy", (28, 28, 1), 10, lambda data_dir: made)
    monkeypatch.setattr(dataset.datasets, "get", lambda name: info)
    with pytest.raises(DataError, match=r"toy: expected 10 classes and images of shape \(28, 28"):
        dataset.load_dataset("toy", None)


def test_home_folder_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(DataError, match=f"expected a folder at {tmp_path}/absent, found nothing"):
        dataset.load_dataset("mnist", "~/absent")
