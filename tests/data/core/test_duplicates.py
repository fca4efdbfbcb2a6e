"""Equal images in two splits."""

import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.core import duplicates, splits


def split(*values):
    pixels = np.array(values, np.uint8).reshape(-1, 1, 1, 1)
    return splits.make_split(pixels, np.zeros(len(values), int))


def test_every_pair_of_equal_images_is_found():
    assert duplicates.find_duplicates(split(5, 7, 5, 9), split(9, 5)) == ((0, 1), (2, 1), (3, 0))


def test_different_images_are_no_pair():
    assert duplicates.find_duplicates(split(1, 2), split(3)) == ()


def test_splits_of_the_digits_share_no_image():
    digits = loading.load_dataset("digits", None)
    assert duplicates.find_duplicates(digits.train, digits.validation) == ()
    assert duplicates.find_duplicates(digits.train, digits.test) == ()
    assert duplicates.find_duplicates(digits.validation, digits.test) == ()


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("mnist", ""),
        ("fashion_mnist", ""),
        ("cifar10", "cifar10_lossless"),
        ("tiny_imagenet", "tiny_imagenet_subset"),
    ],
)
def test_splits_of_real_data_share_no_image(data_folder, name, place):
    made = loading.load_dataset(name, data_folder / place)
    assert duplicates.find_duplicates(made.train, made.validation) == ()
    assert duplicates.find_duplicates(made.train, made.test) == ()
    assert duplicates.find_duplicates(made.validation, made.test) == ()
