"""CIFAR-100: where it is found, its labels and its fixed validation images."""

import tarfile

import image_files
import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.images import cifar_family
from nasbench_templates.data.sets import cifar100
from nasbench_templates.support.errors import DataError


def load(folder):
    return loading.load_dataset("cifar100", folder)


@pytest.mark.parametrize("place", ["", "cifar-100-python", "cifar100/cifar-100-python"])
def test_original_files_are_found_in_every_documented_place(tmp_path, place):
    image_files.write_cifar100(tmp_path / place)
    made = load(tmp_path)
    assert made.num_images == (180, 20, 3)
    assert made.source == "CIFAR python batches"
    assert (made.mean, made.std) == (cifar100.MEAN, cifar100.STD)


def test_archive_gives_the_same_data_as_the_folder(tmp_path):
    folder = image_files.write_cifar100(tmp_path / "files" / "cifar-100-python")
    with tarfile.open(tmp_path / "cifar-100-python.tar.gz", "w:gz") as archive:
        archive.add(folder, "cifar-100-python")
    assert load(tmp_path).checksum == load(tmp_path / "files").checksum


def test_parquet_shards_are_read_by_their_fine_label(tmp_path, monkeypatch):
    monkeypatch.setattr(cifar_family, "OFFICIAL_TOTALS", (20, 2))
    for part, rows in (("train", 20), ("test", 2)):
        images = [image_files.encode_image((row, 0, 0)) for row in range(rows)]
        image_files.write_shard(
            tmp_path / f"{part}-00000-of-00001.parquet",
            images,
            [98 + row % 2 for row in range(rows)],
            ("img", "fine_label"),
        )
    made = load(tmp_path)
    assert made.num_images == (18, 2, 2)
    assert set(made.train.labels) == {98, 99}


def test_validation_holds_one_tenth_of_every_class_and_no_training_image(tmp_path):
    made = load(image_files.write_cifar100(tmp_path))
    assert np.bincount(made.validation.labels).tolist() == [10, 10]
    values = [split.images[:, 0, 0, 0].tolist() for split in (made.train, made.validation)]
    assert sorted(values[0] + values[1]) == list(range(200))


def test_batches_of_cifar10_are_not_taken_for_it(tmp_path):
    image_files.write_batches(tmp_path)
    with pytest.raises(DataError, match=r"cifar100: expected cifar-100-python/ .* found none"):
        load(tmp_path)


def test_too_few_training_images_are_refused(tmp_path):
    image_files.write_cifar100(tmp_path, train=9)
    with pytest.raises(DataError, match=f"{tmp_path}: expected at least 10 images"):
        load(tmp_path)


def test_class_names_are_those_of_known_images(data_folder):
    # The first test images of CIFAR-100, as anyone can see, show these.
    shown = {0: "mountain", 1: "forest", 2: "seal", 5: "tulip", 6: "camel", 17: "wolf"}
    for path in (data_folder / "cifar100_first20_test").glob("*.png"):
        _, index, label = path.stem.split("_")
        if int(index) in shown:
            assert cifar100.CLASSES[int(label)] == shown.pop(int(index))
    assert not shown
