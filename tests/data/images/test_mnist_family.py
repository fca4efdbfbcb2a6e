"""Where the four IDX files are looked for, and what is wrong with them."""

import image_files
import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.images import mnist_family
from nasbench_templates.support.errors import DataError


def mean(made):
    return made.mean[0]


@pytest.mark.parametrize("place", ["", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_files_are_found_in_every_documented_place(tmp_path, place, suffix):
    image_files.write_mnist(tmp_path / place, suffix=suffix)
    made = loading.load_dataset("mnist", tmp_path)
    assert made.num_images == (3, 5000, 4)
    assert made.input_shape == (28, 28, 1)
    assert made.source == "idx files"


def test_names_with_a_dot_are_accepted(tmp_path):
    image_files.write_mnist(tmp_path, suffix="")
    for path in tmp_path.iterdir():
        path.rename(tmp_path / path.name.replace("-idx", ".idx"))
    assert loading.load_dataset("mnist", str(tmp_path)).num_images == (3, 5000, 4)


def test_own_folder_is_preferred_to_files_beside_it(tmp_path):
    image_files.write_mnist(tmp_path, value=1)
    image_files.write_mnist(tmp_path / "fashion_mnist", value=2)
    assert mean(loading.load_dataset("fashion_mnist", tmp_path)) == 2
    assert mean(loading.load_dataset("mnist", tmp_path)) == 1


def test_files_beside_an_empty_own_folder_are_not_taken_for_the_data_set(tmp_path):
    image_files.write_mnist(tmp_path)
    (tmp_path / "fashion_mnist").mkdir()
    with pytest.raises(DataError, match=f"in one of {tmp_path}/fashion_mnist, .*/raw; found none"):
        loading.load_dataset("fashion_mnist", tmp_path)


def test_last_training_images_are_for_validation(tmp_path):
    image_files.write_mnist(tmp_path)
    labels = np.r_[[1, 9, 1], np.full(5000, 9)].astype(np.uint8)
    image_files.write_idx(tmp_path / "train-labels-idx1-ubyte.gz", labels)
    made = loading.load_dataset("mnist", tmp_path)
    assert made.train.labels.tolist() == [1, 9, 1]
    assert set(made.validation.labels) == {9}


def test_places_and_files_are_listed_if_nothing_is_found(tmp_path):
    with pytest.raises(
        DataError,
        match=rf"mnist: expected train-images-idx3-ubyte\.gz, .*t10k-labels-idx1-ubyte\.gz "
        rf"\(\.gz or plain\) in one of {tmp_path}/mnist, {tmp_path}/MNIST/raw, {tmp_path}; found",
    ):
        loading.load_dataset("mnist", tmp_path)


@pytest.mark.parametrize("found", ["nothing", "a file"])
def test_data_dir_must_be_a_folder(tmp_path, found):
    path = tmp_path / "data"
    if found == "a file":
        path.touch()
    with pytest.raises(DataError, match=f"mnist: expected a folder at {path}, found {found}"):
        loading.load_dataset("mnist", path)


def test_missing_file_is_named(tmp_path):
    image_files.write_mnist(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"expected t10k-labels-idx1-ubyte\.gz or .*found neither"):
        loading.load_dataset("mnist", tmp_path)


def test_labels_of_another_length_are_refused(tmp_path):
    image_files.write_mnist(tmp_path)
    image_files.write_idx(tmp_path / "t10k-labels-idx1-ubyte.gz", np.zeros(3, np.uint8))
    with pytest.raises(DataError, match=r"t10k-labels.*: expected 4 test labels.*received 3"):
        loading.load_dataset("mnist", tmp_path)


def test_label_beyond_nine_is_refused(tmp_path):
    image_files.write_mnist(tmp_path)
    image_files.write_idx(tmp_path / "t10k-labels-idx1-ubyte.gz", np.full(4, 10, np.uint8))
    with pytest.raises(DataError, match=r"mnist test: expected labels in 0\.\.9, received 10"):
        loading.load_dataset("mnist", tmp_path)


def test_too_few_training_images_are_refused(tmp_path):
    image_files.write_mnist(tmp_path, train=mnist_family.VALIDATION_IMAGES)
    with pytest.raises(DataError, match="mnist from idx files: expected more than 5000 training"):
        loading.load_dataset("mnist", tmp_path)


def test_images_of_another_size_are_refused(tmp_path):
    image_files.write_mnist(tmp_path)
    for part, count in (("train", 5003), ("t10k", 4)):
        images = np.zeros((count, 27, 28), np.uint8)
        image_files.write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", images)
    with pytest.raises(DataError, match=r"images of shape \(28, 28, 1\), received .*\(27, 28, 1\)"):
        loading.load_dataset("mnist", tmp_path)


@pytest.mark.parametrize("place", ["", "mnist"])
def test_real_mnist(data_folder, place):
    made = loading.load_dataset("mnist", data_folder / place)
    assert made.num_images == (55000, 5000, 10000)
    assert made.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert made.test.labels[:3].tolist() == [7, 2, 1]
    # Mean and deviation of all 60,000 images are known as 0.1307 and 0.3081 of 255.
    assert made.mean[0] / 255 == pytest.approx(0.1307, abs=2e-4)
    assert made.std[0] / 255 == pytest.approx(0.3081, abs=2e-4)


@pytest.mark.parametrize("place", ["", "fashion_mnist"])
def test_real_fashion_mnist(data_folder, place):
    made = loading.load_dataset("fashion_mnist", data_folder / place)
    assert made.num_images == (55000, 5000, 10000)
    assert made.classes[made.train.labels[0]] == "Ankle boot"
    # Mean and deviation of all 60,000 images are known as 0.2860 and 0.3530 of 255.
    assert made.mean[0] / 255 == pytest.approx(0.2860, abs=5e-4)
    assert made.std[0] / 255 == pytest.approx(0.3530, abs=5e-4)
