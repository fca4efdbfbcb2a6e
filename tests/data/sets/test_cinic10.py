"""CINIC-10 in its own layout."""

import image_files
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.sets import cifar10, cinic10
from nasbench_templates.support.errors import DataError


def write(folder, size=32):
    for number, part in enumerate(("train", "valid", "test")):
        image_files.write_classes(
            folder / part, cifar10.CLASSES, count=number + 1, start=40 * number, size=size
        )
    return folder


def load(folder):
    return loading.load_dataset("cinic10", folder)


@pytest.mark.parametrize("place", ["", "cinic10", "CINIC-10"])
def test_it_is_found_in_every_documented_place_with_its_own_splits(tmp_path, place):
    write(tmp_path / place)
    made = load(tmp_path)
    assert made.num_images == (10, 20, 30)
    assert made.validation.images[:2, 0, 0, 0].tolist() == [40, 41]
    assert made.validation.labels.tolist() == sorted(list(range(10)) * 2)
    assert made.classes == cifar10.CLASSES


def test_statistics_are_the_published_ones(tmp_path):
    made = load(write(tmp_path))
    assert made.has_prescribed_statistics
    assert made.mean == pytest.approx((122.118, 120.431, 109.771), abs=1e-3)
    assert made.std == cinic10.STD == pytest.approx((61.725, 60.762, 65.981), abs=1e-3)


def test_images_of_another_size_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"10 of 10 images .* 32 x 32 .* received 8 x 8"):
        load(write(tmp_path, size=8))


def test_missing_class_is_named(tmp_path):
    write(tmp_path)
    (tmp_path / "valid/frog").rename(tmp_path / "valid/toad")
    with pytest.raises(
        DataError, match=f"{tmp_path}/valid: expected 10 class folders, missing fro"
    ):
        load(tmp_path)


def test_places_are_listed_if_nothing_is_found(tmp_path):
    with pytest.raises(DataError, match=f"CINIC-10.tar.gz in one of {tmp_path}/cinic10, "):
        load(tmp_path)


def test_folder_is_required():
    with pytest.raises(DataError, match=r"cinic10: expected --data_dir=FOLDER .* not downloaded"):
        load(None)
