import numpy as np
import pytest
from image_files import encode_array, encode_image, write_classes

from nasbench_templates.data.images import unlabelled_images
from nasbench_templates.support.errors import DataError


def test_folders_stand_for_the_images_below_them(tmp_path):
    write_classes(tmp_path / "all", ("b", "a"), count=1)
    (tmp_path / "all" / ".hidden").mkdir()
    (tmp_path / "all" / ".hidden" / "no.png").write_bytes(b"")
    (tmp_path / "all" / "notes.txt").write_text("no image")
    (tmp_path / "all" / "TOP.JPG").write_bytes(b"")
    found, (note,) = unlabelled_images.find_files(["x.png", str(tmp_path / "all"), "notes.txt"])
    below = [f"{tmp_path}/all/{name}" for name in ("TOP.JPG", "a/000.png", "b/000.png")]
    assert found == ("x.png", *below, "notes.txt")
    assert note.text == (
        f"2 files or folders were left out: 1 hidden ({tmp_path}/all/.hidden); "
        f"1 no images ({tmp_path}/all/notes.txt)"
    )


def test_folder_without_images_is_refused(tmp_path):
    with pytest.raises(DataError, match="expected image files in the folder or below it"):
        unlabelled_images.find_files([str(tmp_path)])


def test_usable_images_keep_their_order_and_faults_name_the_others(tmp_path):
    paths = [str(tmp_path / f"{number}.png") for number in range(4)]
    for number in (0, 2):
        (tmp_path / f"{number}.png").write_bytes(encode_image((10 + number, 0, 0), size=2))
    (tmp_path / "3.png").write_bytes(encode_image(9, size=64)[:70])
    images, faults = unlabelled_images.make_images(paths, (2, 2, 3))
    assert images.encoded.places == [paths[0], paths[2]]
    assert [fault.split(": ")[0] for fault in faults] == [paths[1], paths[3]]
    assert images.num_images == 2


@pytest.mark.parametrize("memory", [1, 1 << 20])
def test_batches_are_the_same_however_many_are_decoded_at_once(tmp_path, monkeypatch, memory):
    monkeypatch.setattr(unlabelled_images, "_MEMORY_BYTES", memory)
    paths = []
    for number in range(5):
        paths.append(str(tmp_path / f"{number}.png"))
        (tmp_path / f"{number}.png").write_bytes(encode_image((number, 0, 0), size=2))
    images, _ = unlabelled_images.make_images(paths, (2, 2, 3))
    batches = list(images.batches(np.array([4, 0, 1, 2, 3]), 2))
    assert [batch[:, 0, 0, 0].tolist() for batch in batches] == [[4, 0], [1, 2], [3]]
    assert all(batch.shape[1:] == (2, 2, 3) for batch in batches)


def test_images_are_scaled_to_cover_and_cut_to_the_centre(tmp_path):
    pixels = np.full((4, 12, 3), 200, np.uint8)
    pixels[:, 4:8] = 50  # the square in the middle
    (tmp_path / "wide.png").write_bytes(encode_array(pixels))
    images, _ = unlabelled_images.make_images([str(tmp_path / "wide.png")], (4, 4, 1))
    (batch,) = images.batches(np.array([0]), 1)
    assert batch.tolist() == [[[[50]] * 4] * 4]
