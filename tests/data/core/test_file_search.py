"""Files found at any depth, and what is said of those that are not."""

import os
from pathlib import Path

import image_files

from nasbench_templates.data.core import file_search
from nasbench_templates.data.core.file_search import Skipped
from nasbench_templates.data.images import image_folders

IMAGES = image_folders.IMAGES


def write(folder: Path, *names: str, form: str = "PNG") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(image_files.encode_image((1, 2, 3), size=4, form=form))


def find(folder, place=""):
    skipped = Skipped()
    return list(file_search.find(folder, IMAGES, place, skipped)), skipped


def test_files_are_found_at_any_depth_in_the_order_of_paths(tmp_path):
    write(tmp_path, "b.png", "a/x.png", "a/deep/er/y.png", "c/z.JFIF")
    assert find(tmp_path)[0] == ["a/deep/er/y.png", "a/x.png", "b.png", "c/z.JFIF"]


def test_images_are_known_by_content_where_the_name_does_not_tell(tmp_path):
    write(tmp_path, "plain", "photo.download", "scan.JPE", form="JPEG")
    (tmp_path / "text").write_text("no image")
    (tmp_path / "sound.mp3").write_bytes(b"ID3")
    found, skipped = find(tmp_path)
    assert found == ["photo.download", "plain", "scan.JPE"]
    assert skipped.names == {"no images": ["sound.mp3", "text"]}


def test_everything_else_is_told(tmp_path):
    write(tmp_path, "a.png", ".b.png", "__MACOSX/c.png", "in/@eaDir/d.png", ".git/e.png")
    (tmp_path / "in" / "broken.png").symlink_to(tmp_path / "absent.png")
    found, skipped = find(tmp_path, "cat/")
    assert found == ["a.png"]
    assert skipped.names == {
        "folders of the system": ["cat/__MACOSX", "cat/in/@eaDir"],
        "hidden": ["cat/.git", "cat/.b.png"],
        "links to nothing": ["cat/in/broken.png"],
    }
    (note,) = skipped.notes()
    assert (note.kind, note.count) == ("skipped", 5)
    assert note.to_json()["first"][0] == "cat/.git"


def test_links_upwards_give_a_class_nothing_of_others(tmp_path):
    write(tmp_path / "cat", "a.png")
    write(tmp_path / "dog", "b.png")
    (tmp_path / "cat" / "all").symlink_to("..")
    (tmp_path / "cat" / "in").mkdir()
    (tmp_path / "cat" / "in" / "back").symlink_to(tmp_path / "cat")
    found, skipped = find(tmp_path / "cat", "cat/")
    assert found == ["a.png"]
    assert skipped.names == {file_search.CIRCLES: ["cat/all", "cat/in/back"]}


def test_a_pipe_is_not_waited_for(tmp_path):
    write(tmp_path, "a.png")
    for name in ("pipe", "pipe.png"):
        os.mkfifo(tmp_path / name)
    found, skipped = find(tmp_path)
    assert (found, skipped.names) == (["a.png"], {file_search.DEVICES: ["pipe", "pipe.png"]})
    assert file_search.count(tmp_path, IMAGES) == 1
    (tmp_path / "a.png").unlink()
    assert not file_search.holds(tmp_path, IMAGES)


def test_linked_folders_are_followed_once(tmp_path):
    write(tmp_path / "elsewhere", "a.png")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "above").symlink_to(tmp_path / "set")
    assert find(tmp_path / "set")[0] == ["link/a.png"]


def test_no_folder_holds_nothing(tmp_path):
    assert find(tmp_path / "absent")[0] == []
    assert not file_search.holds(tmp_path / "absent", IMAGES)
