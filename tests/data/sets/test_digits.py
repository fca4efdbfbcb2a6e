"""The embedded digits and their fixed split."""

import numpy as np
import pytest

from nasbench_templates.data import loading


@pytest.fixture(scope="module")
def digits():
    return loading.load_dataset("digits", None)


def splits(made):
    return made.train, made.validation, made.test


def test_sizes_and_values(digits):
    assert digits.num_images == (1197, 300, 300)
    assert digits.input_shape == (8, 8, 1)
    assert digits.source == "scikit-learn digits"
    for split in splits(digits):
        assert split.images.dtype == np.uint8
        assert (split.images.min(), split.images.max()) == (0, 16)


def test_splits_are_disjoint_and_cover_everything(digits):
    from sklearn import datasets as sklearn_datasets

    rows = [
        (image.tobytes(), int(label))
        for split in splits(digits)
        for image, label in zip(split.images, split.labels, strict=True)
    ]
    original = sklearn_datasets.load_digits()
    expected = [
        (image.astype(np.uint8).tobytes(), int(label))
        for image, label in zip(original.images, original.target, strict=True)
    ]
    assert len(set(expected)) == 1797  # no image occurs twice, so equality implies disjointness
    assert sorted(rows) == sorted(expected)


def test_every_class_has_its_share_in_every_split(digits):
    totals = sum(np.bincount(split.labels, minlength=10) for split in splits(digits))
    for split in splits(digits):
        share = totals * split.num_images / 1797
        # Validation is stratified over a rest that is itself rounded: two roundings of at most 1.
        assert np.all(np.abs(np.bincount(split.labels, minlength=10) - share) < 2)


def test_split_never_changes(digits):
    assert digits.checksum == "602feb28038dc34be22500e48a8a3e42ce34553d5de39e823a27144b8a784263"


def test_folder_is_ignored(digits, tmp_path):
    again = loading.load_dataset("digits", tmp_path / "absent")
    assert again.checksum == digits.checksum
