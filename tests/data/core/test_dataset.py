"""Splits, statistics, checksum and validation of data sets."""

import hashlib

import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.core import dataset, splits
from nasbench_templates.support.errors import ConfigError, DataError, UnknownNameError


def images(count, value=0, shape=(2, 2, 1)):
    return np.full((count, *shape), value, np.uint8)


def split(count=4, **kwargs):
    return splits.make_split(images(count, **kwargs), np.arange(count) % 2)


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
    wrong = splits.make_split(images(2), np.array([0, label]))
    with pytest.raises(
        DataError, match=rf"toy validation: expected labels in 0\.\.1, received {label} in row 1"
    ):
        dataset.make_dataset("toy", "ab", (split(), wrong, split()), "s")


def test_validation_joins_training_and_computed_statistics_follow():
    parts = (split(4, value=1), split(4, value=3), split(3, value=9))
    made = dataset.make_dataset("toy", "ab", parts, "s")
    joined = made.with_validation_in_training()
    assert joined.validation is None
    assert joined.num_images == (8, 0, 3)
    assert joined.train.images[:, 0, 0, 0].tolist() == [1] * 4 + [3] * 4
    assert (joined.mean, joined.std) == ((2.0,), (1.0,))
    assert (joined.name, joined.test) == ("toy", made.test)
    assert joined.checksum != made.checksum
    assert joined.with_validation_in_training() is joined


def test_prescribed_statistics_stay_when_validation_joins():
    made = dataset.make_dataset("toy", "ab", (split(), split(), split()), "s", ((5.0,), (2.0,)))
    joined = made.with_validation_in_training()
    assert (joined.mean, joined.std) == ((5.0,), (2.0,))


def test_limited_training_leaves_the_rest_and_changes_the_checksum():
    made = dataset.make_dataset("toy", "ab", (split(8), split(4), split(4)), "s")
    limited = made.with_limited_training(2)
    assert limited.num_images == (2, 4, 4)
    assert sorted(limited.train.labels) == [0, 1]
    assert (limited.mean, limited.std) == (made.mean, made.std)
    assert limited.checksum != made.checksum
    assert made.with_limited_training(8).checksum == made.checksum


def test_every_split_is_limited_also_without_validation():
    made = dataset.make_dataset("toy", "ab", (split(8), split(4), split(2)), "s")
    assert made.with_limited_splits(3).num_images == (3, 3, 2)
    joined = made.with_validation_in_training()
    assert joined.with_limited_splits(3).num_images == (3, 0, 2)


def test_splits_of_different_image_shapes_are_refused():
    with pytest.raises(DataError, match=r"toy test: expected images of shape \(2, 2, 1\)"):
        dataset.make_dataset("toy", "ab", (split(), split(), split(shape=(3, 2, 1))), "s")


def test_splits_of_different_types_are_refused():
    features = splits.make_split(np.zeros((2, 2, 2, 1), np.float32), np.array([0, 1]))
    with pytest.raises(DataError, match=r"toy test: expected uint8 values .* received float32"):
        dataset.make_dataset("toy", "ab", (split(), split(), features), "s")


def test_every_registered_data_set_is_described():
    assert {
        "digits",
        "mnist",
        "cifar10",
        "cifar100",
        "cinic10",
        "tiny_imagenet",
        "imagenet",
    } <= set(dataset.datasets)
    for name in dataset.datasets:
        info = dataset.datasets.get(name)
        assert info.name == name
        assert info.description
        assert len(info.input_shape) == 3


def test_description_tells_size_classes_and_published_splits():
    assert dataset.datasets.get("mnist").description == (
        "handwritten digits, 28 x 28 grey, 10 classes, 55,000 / 5,000 / 10,000 images"
    )


def test_info_of_a_registered_set_needs_no_folder():
    assert loading.find_info("mnist", "/absent").num_classes == 10
    assert loading.find_info("mnist", None, image_size=28).input_shape == (28, 28, 1)


def test_image_size_of_a_set_that_is_not_resized_is_refused():
    with pytest.raises(ConfigError, match=r"mnist: .* its images are 28 x 28; received 32"):
        loading.find_info("mnist", None, image_size=32)


def test_unknown_name_lists_close_ones():
    with pytest.raises(UnknownNameError, match="unknown data set 'cifar-10': did you mean cifar10"):
        loading.load_dataset("cifar-10", None)


def test_loaded_data_must_fit_the_description(monkeypatch):
    made = dataset.make_dataset("toy", "ab", (split(),) * 3, "s")
    info = dataset.DatasetInfo("toy", "toy", (28, 28, 1), 10, lambda data_dir: made)
    monkeypatch.setattr(dataset.datasets, "get", lambda name: info)
    with pytest.raises(DataError, match=r"toy: expected 10 classes and images of shape \(28, 28"):
        loading.load_dataset("toy", None)


def test_home_folder_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(DataError, match=f"expected a folder at {tmp_path}/absent, found nothing"):
        loading.load_dataset("mnist", "~/absent")
