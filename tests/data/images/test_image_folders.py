"""Listing of images in class folders."""

import image_files
import pytest

from nasbench_templates.data.images import image_folders
from nasbench_templates.support.errors import DataError


def test_files_are_sorted_by_class_then_name(tmp_path):
    image_files.write_classes(tmp_path / "train", ("b", "a"), count=2)
    listed = image_folders.list_part(tmp_path, "train", ("b", "a"))
    assert listed.names.tolist() == [
        "train/b/000.png",
        "train/b/001.png",
        "train/a/000.png",
        "train/a/001.png",
    ]
    assert listed.labels.tolist() == [0, 0, 1, 1]
    first = tmp_path / "train/b/000.png"
    assert listed.paths()[0] == str(first)
    assert (listed.sizes[0], listed.mtimes_ns[0]) == (
        first.stat().st_size,
        first.stat().st_mtime_ns,
    )


def test_root_itself_may_hold_the_classes(tmp_path):
    image_files.write_classes(tmp_path, ("a",), count=1)
    assert image_folders.list_part(tmp_path, "", ("a",)).names.tolist() == ["a/000.png"]


def test_other_and_hidden_files_are_passed_over(tmp_path):
    image_files.write_classes(tmp_path, ("a",), count=1, suffix=".JPEG")
    for name in ("a/boxes.txt", "a/._000.png", ".git/x.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert image_folders.class_names(tmp_path) == ("a",)
    assert image_folders.list_part(tmp_path, "", ("a",)).names.tolist() == ["a/000.JPEG"]


def test_empty_class_folders_are_counted_and_the_first_named(tmp_path):
    names = ("a", "b", "c", "d", "e")
    image_files.write_classes(tmp_path, ("c",))
    for name in names:
        (tmp_path / name).mkdir(exist_ok=True)
    with pytest.raises(
        DataError, match=r"in every class folder, received 4 without: a, b, d and 1"
    ):
        image_folders.list_part(tmp_path, "", names)


@pytest.mark.parametrize(
    ("present", "message"),
    [(("a",), "2 class folders, missing b"), (("a", "b", "c"), "2 class folders, unexpected c")],
)
def test_other_class_folders_are_refused(tmp_path, present, message):
    image_files.write_classes(tmp_path / "test", present)
    with pytest.raises(DataError, match=f"{tmp_path}/test: expected {message}"):
        image_folders.list_part(tmp_path, "test", ("a", "b"))


def test_absent_folder_has_no_classes(tmp_path):
    assert image_folders.class_names(tmp_path / "absent") == ()
