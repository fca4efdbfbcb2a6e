"""Known names with the official data, with a part of them, and with others."""

import shutil

import image_files
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.core import official
from nasbench_templates.support.errors import DataError

pytestmark = pytest.mark.usefixtures("cache_folder")


def official_notes(made):
    return [note.text for note in made.notes if note.kind == "official"]


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_official_files_are_known(data_folder, name):
    made = loading.load_dataset(name, data_folder)
    assert official_notes(made) == ["the official files"]


def test_files_of_another_set_are_named(data_folder, tmp_path, caplog):
    shutil.copytree(data_folder / "fashion_mnist", tmp_path, dirs_exist_ok=True)
    made = loading.load_dataset("mnist", tmp_path)
    text = "not the official files of mnist: they are those of fashion_mnist"
    assert official_notes(made) == [text]
    assert f"mnist: {text}" in [record.getMessage() for record in caplog.records]


def test_a_part_is_not_the_official_data_set(tmp_path):
    made = loading.load_dataset("mnist", image_files.write_mnist(tmp_path))
    assert official_notes(made) == [
        "not the official files of mnist: received 3 / 5,000 / 4 images"
    ]


def test_totals_tell_where_there_is_no_checksum(data_folder):
    made = loading.load_dataset("tiny_imagenet", data_folder / "tiny_imagenet_subset")
    (text,) = official_notes(made)
    assert "expected 90,000 / 10,000 / 10,000 images of 200 classes, received 180 / 20 / 50" in text


def test_more_images_than_there_are_is_an_error(tmp_path):
    image_files.write_mnist(tmp_path, train=70_000)
    with pytest.raises(DataError, match="expected 70,000 images in all, received 70,004"):
        loading.load_dataset("mnist", tmp_path)


def test_sets_of_ones_own_have_no_official_files():
    info = loading.find_info("digits", None)
    assert official.check(loading.load_found(info, None), info) == ()
