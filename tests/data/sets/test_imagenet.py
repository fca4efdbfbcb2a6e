"""ImageNet in folders: streamed, cropped, and never in memory."""

import image_files
import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.core import streaming
from nasbench_templates.support.errors import DataError

pytestmark = pytest.mark.usefixtures("cache_folder")
WNIDS = ("n01440764", "n01443537")


@pytest.fixture
def folder(tmp_path):
    image_files.write_classes(tmp_path / "train", WNIDS, size=40, suffix=".JPEG")
    image_files.write_classes(tmp_path / "val", WNIDS, count=2, size=50, suffix=".JPEG")
    return tmp_path


def load(folder, image_size=None):
    return loading.load_dataset("imagenet", folder, image_size)


def test_it_is_streamed_with_the_official_validation_as_test(folder):
    made = load(folder)
    assert isinstance(made.train, streaming.StreamedSplit)
    assert made.num_images == (18, 2, 4)
    assert made.classes == WNIDS
    assert made.input_shape == (224, 224, 3)
    assert made.source == "image folders (JPEG), streamed"
    assert made.mean == pytest.approx((123.675, 116.28, 103.53))
    assert made.std == pytest.approx((58.395, 57.12, 57.375))
    (batch,) = made.test.batches(np.arange(4), 4)
    assert batch.shape == (4, 224, 224, 3)


def test_evaluation_cuts_seven_eighths_from_the_centre(folder):
    image = np.zeros((64, 96, 3), np.uint8)
    image[4:60, 20:76] = 255  # the centre of 56 by 56
    (folder / "val" / WNIDS[0] / "000.JPEG").write_bytes(image_files.encode_array(image, "PNG"))
    (batch,) = load(folder, image_size=56).test.batches(np.array([0]), 1)
    assert batch.min() == 255


def test_training_crops_differ_between_epochs(folder):
    rows, columns = np.mgrid[:80, :80]
    image = np.stack([rows, columns, rows], -1).astype(np.uint8)
    for path in (folder / "train").rglob("*.JPEG"):
        path.write_bytes(image_files.encode_array(image, "JPEG"))
    train = load(folder, image_size=32).train
    first, again, other = (next(train.batches(np.arange(4), 4, seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_flat_validation_folder_is_refused_with_advice(folder):
    for number, path in enumerate(sorted((folder / "val").rglob("*.JPEG"))):
        path.rename(folder / "val" / f"ILSVRC2012_val_{number}.JPEG")
    for wnid in WNIDS:
        (folder / "val" / wnid).rmdir()
    with pytest.raises(
        DataError, match=r"found 4 images beside each other; move each into val/CLA"
    ):
        load(folder)


@pytest.mark.parametrize("place", ["imagenet", "ILSVRC2012", "ILSVRC/Data/CLS-LOC"])
def test_it_is_found_in_every_documented_place(tmp_path, place):
    for part in ("train", "val"):
        image_files.write_classes(tmp_path / place / part, WNIDS, suffix=".JPEG")
    info = loading.find_info("imagenet", tmp_path, image_size=160)
    assert (info.num_classes, info.input_shape) == (2, (160, 160, 3))


def test_info_without_a_folder_is_that_of_the_whole_set():
    info = loading.find_info("imagenet", None)
    assert (info.num_classes, info.input_shape) == (1000, (224, 224, 3))
    assert sum(info.split_sizes) == 1_281_167 + 50_000


def test_broken_files_are_named_before_training(folder):
    path = folder / "train" / WNIDS[1] / "004.JPEG"
    path.write_bytes(b"")
    with pytest.raises(DataError, match=f"{path}: expected an image, received an empty file"):
        load(folder)


def test_converted_images_are_one_warning(folder, caplog):
    for number, mode in enumerate(("L", "CMYK")):
        path = folder / "train" / WNIDS[0] / f"00{number}.JPEG"
        path.write_bytes(image_files.encode_image(0, mode, 40, "JPEG"))
    load(folder)
    texts = [record.getMessage() for record in caplog.records]
    (warning,) = [text for text in texts if "converted" in text]
    assert "1 greyscale" in warning
    assert "1 CMYK" in warning


def test_places_are_listed_if_nothing_is_found(tmp_path):
    with pytest.raises(DataError, match=f"class in one of {tmp_path}/imagenet, "):
        load(tmp_path)
