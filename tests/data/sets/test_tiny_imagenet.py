"""Tiny-ImageNet in its own layout, and the real subset."""

import image_files
import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.support.errors import ConfigError, DataError

WNIDS = ("n02", "n01")


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "tiny-imagenet-200"
    image_files.write_classes(
        root / "train", WNIDS, count=10, size=64, inner="images", suffix=".JPEG"
    )
    (root / "wnids.txt").write_text("n02\nn01\n")
    (root / "words.txt").write_text("n01\ttoad\nn02\tpretzel, snack\nn03\tother\n")
    images = root / "val" / "images"
    images.mkdir(parents=True)
    for number in range(3):
        content = image_files.encode_image((200, 0, number), size=64)
        (images / f"val_{number}.JPEG").write_bytes(content)
    (root / "val/val_annotations.txt").write_text(
        "val_1.JPEG\tn01\t0\t0\t9\t9\nval_0.JPEG\tn02\t0\t0\t9\t9\nval_2.JPEG\tn01\t1\t1\t2\t2\n"
    )
    return tmp_path


def load(folder):
    return loading.load_dataset("tiny_imagenet", folder)


def test_official_validation_is_the_test_split(folder):
    made = load(folder)
    assert made.num_images == (18, 2, 3)
    assert made.classes == ("pretzel, snack", "toad")
    assert made.test.labels.tolist() == [1, 0, 1]
    assert made.test.images[:, 0, 0, 2].tolist() == [1, 0, 2]
    assert made.validation.labels.tolist() == [0, 1]
    assert not made.has_prescribed_statistics


def test_classes_are_counted_before_loading(folder):
    assert loading.find_info("tiny_imagenet", folder).num_classes == 2
    assert loading.find_info("tiny_imagenet", folder / "tiny-imagenet-200").num_classes == 2
    assert loading.find_info("tiny_imagenet", None).num_classes == 200


def test_class_without_a_word_keeps_its_number(folder):
    (folder / "tiny-imagenet-200/words.txt").write_text("n01\ttoad\n")
    assert load(folder).classes == ("n02", "toad")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("val_0.JPEG\tn09", "a class of wnids.txt in line 1, received val_0.JPEG n09"),
        ("val_0.JPEG", "expected an image and a class .* in line 1, received val_0.JPEG"),
        ("val_0.JPEG\tn01\nval_1.JPEG\tn01", "1 images without a line: val_2.JPEG"),
        ("val_9.JPEG\tn01", "1 lines without an image: val_9.JPEG"),
        ("\n".join(f"val_{n}.JPEG\tn01" for n in (0, 1, 2, 2)), "1 images with several lines"),
        ("", "expected at least one line"),
    ],
)
def test_annotations_that_do_not_fit_are_refused(folder, lines, message):
    path = folder / "tiny-imagenet-200/val/val_annotations.txt"
    path.write_text(lines)
    with pytest.raises(DataError, match=f"{path}: .*{message}"):
        load(folder)


def test_class_without_images_is_named(folder):
    for path in (folder / "tiny-imagenet-200/train/n01/images").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="received 1 without: train/n01/images"):
        load(folder)


def test_image_size_cannot_be_chosen(folder):
    with pytest.raises(ConfigError, match="its images are 64 x 64"):
        loading.find_info("tiny_imagenet", folder, image_size=32)


def test_places_are_listed_if_nothing_is_found(tmp_path):
    with pytest.raises(DataError, match=r"tiny_imagenet: expected wnids\.txt beside train/"):
        load(tmp_path)


def test_real_subset(data_folder, caplog):
    made = load(data_folder / "tiny_imagenet_subset")
    assert made.num_images == (180, 20, 50)
    assert made.num_classes == 10
    assert made.classes[0] == "pretzel"  # the first of wnids.txt
    assert np.bincount(made.validation.labels).tolist() == [2] * 10
    assert np.bincount(made.test.labels).tolist() == [5] * 10
    messages = [record.getMessage() for record in caplog.records]
    (warning,) = [each for each in messages if "are converted to RGB: 1 greyscale" in each]
    assert "n02099601_389.JPEG" in warning
