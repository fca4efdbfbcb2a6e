"""Splits that are decoded from files: order, crops, and what is said of a broken file."""

import hashlib
import os

import image_files
import numpy as np
import pytest

from nasbench_templates.data.core import labelled_files, splits, streaming
from nasbench_templates.support.errors import DataError

SEEDS = (3, 4)


def picture(height, width):
    """A photograph's stand-in: every pixel differs from its neighbours."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows * 3 % 256, columns * 5 % 256, (rows + columns) % 256], -1).astype("uint8")


def make(folder, images, labels=None, shape=(4, 4, 3), ratio=1.0):
    names = []
    for number, image in enumerate(images):
        name = f"{number}.png"
        (folder / name).write_bytes(image_files.encode_array(image))
        names.append(name)
    sizes = [(folder / name).stat().st_size for name in names]
    labels = [0] * len(names) if labels is None else labels
    files = labelled_files.make_files(folder, names, sizes, [0] * len(names), labels)
    return streaming.StreamedSplit(files, shape, ratio)


def flat(value, height=4, width=4):
    return np.full((height, width, 3), value, np.uint8)


def all_images(split, crop_seed=None):
    return np.concatenate(list(split.batches(np.arange(split.num_images), 2, crop_seed)))


def test_batches_follow_the_rows_and_the_last_is_smaller(tmp_path):
    made = make(tmp_path, [flat(value) for value in range(6)])
    batches = list(made.batches(np.array([5, 0, 3, 3, 1]), 2))
    assert [batch[:, 0, 0, 0].tolist() for batch in batches] == [[5, 0], [3, 3], [1]]
    assert batches[0].dtype == np.uint8
    assert batches[0].shape == (2, 4, 4, 3)


def test_images_of_the_right_size_are_given_out_exactly(tmp_path):
    image = picture(7, 5)
    assert np.array_equal(all_images(make(tmp_path, [image], shape=(7, 5, 3)))[0], image)


def test_centre_is_cut_from_an_image_whose_shorter_side_fits(tmp_path):
    image = picture(4, 9)
    received = all_images(make(tmp_path, [image]))[0]
    assert np.array_equal(received, image[:, 2:6])


def test_ratio_leaves_a_margin_around_the_centre(tmp_path):
    image = picture(8, 10)  # the shorter side is 8 = 2 * 4 already
    received = all_images(make(tmp_path, [image], ratio=2.0))[0]
    assert np.array_equal(received, image[2:6, 3:7])


def test_larger_images_are_averaged_down(tmp_path):
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::8] = 240  # one column in eight
    received = all_images(make(tmp_path, [flat(77, 33, 47), stripes]))
    assert np.all(received[0] == 77)
    assert np.all(received[1, :, 1:3] == 30)  # at the edges the filter is cut off


def test_grey_and_transparent_files_become_colour(tmp_path):
    grey = np.full((4, 4), 9, np.uint8)
    half = np.full((4, 4, 4), 50, np.uint8)
    half[..., 3] = 51  # a fifth of 50, the rest white
    made = make(tmp_path, [grey, half])
    assert all_images(made)[:, 0, 0].tolist() == [[9, 9, 9], [214, 214, 214]]


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr"])
def test_other_colours_of_jpeg_are_decoded_as_pillow_does(tmp_path, mode):
    from PIL import Image

    path = tmp_path / "0.png"
    made = make(tmp_path, [flat(0, 16, 16)], shape=(16, 16, 3))
    Image.fromarray(picture(16, 16)).convert(mode).save(path, "JPEG", quality=95)
    expected = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert np.array_equal(all_images(made)[0], expected)


@pytest.mark.parametrize("mode", ["P", "1", "LA"])
def test_other_modes_of_png_are_decoded_as_pillow_does(tmp_path, mode):
    from PIL import Image

    path = tmp_path / "0.png"
    made = make(tmp_path, [flat(0)])
    Image.fromarray(picture(4, 4)).convert(mode).save(path, "PNG")
    assert np.array_equal(all_images(made)[0], np.asarray(Image.open(path).convert("RGB")))


def test_names_that_are_no_text_are_read(tmp_path):
    made = make(tmp_path, [flat(7)])
    name = os.fsdecode(b"\xff.png")
    (tmp_path / "0.png").rename(tmp_path / name)
    files = labelled_files.make_files(tmp_path, [name], [1], [0], [0])
    renamed = streaming.StreamedSplit(files, made.image_shape)
    assert all_images(renamed)[0, 0, 0, 0] == 7
    renamed.feed(hashlib.sha256())


def test_grey_set_has_one_channel(tmp_path):
    made = make(tmp_path, [np.full((4, 4), 9, np.uint8)], shape=(4, 4, 1))
    assert all_images(made).shape == (1, 4, 4, 1)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
def test_formats_are_decoded_whatever_the_file_is_called(tmp_path, form):
    made = make(tmp_path, [flat(0)])
    (tmp_path / "0.png").write_bytes(image_files.encode_image((60, 60, 60), size=4, form=form))
    assert abs(int(all_images(made)[0, 0, 0, 0]) - 60) <= 2  # JPEG is lossy


def test_crops_depend_on_seed_and_row_alone(tmp_path):
    made = make(tmp_path, [picture(40, 50)] * 5)
    whole = all_images(made, crop_seed=SEEDS[0])
    (part,) = made.batches(np.array([4, 1]), 2, crop_seed=SEEDS[0])
    assert np.array_equal(part, whole[[4, 1]])
    assert not np.array_equal(whole[0], whole[1])  # the same file in two rows
    assert not np.array_equal(whole, all_images(made, crop_seed=SEEDS[1]))


def test_crops_cover_all_documented_shares_and_no_others(tmp_path):
    image = np.zeros((100, 100, 3), np.uint8)
    image[..., 0], image[..., 1] = np.mgrid[:100, :100]
    made = make(tmp_path, [image], shape=(64, 64, 3))
    crops = np.concatenate(list(made.take(np.zeros(400, int)).batches(np.arange(400), 50, 0)))
    # Along each axis the pixel is its own position, so the extremes tell the crop's sides; half a
    # pixel is lost to interpolation at either end.
    heights = np.ptp(crops[..., 0].reshape(400, -1).astype(int), axis=1) + 1
    widths = np.ptp(crops[..., 1].reshape(400, -1).astype(int), axis=1) + 1
    areas, ratios = heights * widths / 10_000, widths / heights
    assert areas.min() > 0.06
    assert areas.min() < 0.15
    assert areas.max() > 0.9
    assert 0.68 < ratios.min() < 0.8
    assert 1.25 < ratios.max() < 1.47


@pytest.mark.parametrize("content", [b"", b"no image", None])
@pytest.mark.parametrize("crop_seed", [None, 0])
def test_broken_file_is_named(tmp_path, content, crop_seed):
    made = make(tmp_path, [flat(value) for value in range(5)])
    path = tmp_path / "3.png"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    batches = made.batches(np.arange(5), 2, crop_seed)
    assert next(batches)[:, 0, 0, 0].tolist() == [0, 1]
    with pytest.raises(DataError, match=f"{path}: expected an?( decodable)? image"):
        next(batches)


def test_truncated_jpeg_is_named(tmp_path):
    made = make(tmp_path, [flat(1)])
    content = image_files.encode_array(picture(64, 64), form="JPEG")
    (tmp_path / "0.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"0\.png: expected a decodable image"):
        all_images(made)


def test_taking_and_joining_keep_files_with_their_labels(tmp_path):
    made = make(tmp_path, [flat(value) for value in range(4)], labels=[4, 5, 6, 7])
    part = made.take(np.array([3, 1]))
    assert part.labels.tolist() == [7, 5]
    joined = part.join(made.take(np.array([0])))
    assert joined.labels.tolist() == [7, 5, 4]
    assert joined.num_images == 3
    assert all_images(joined)[:, 0, 0, 0].tolist() == [3, 1, 0]


def test_statistics_of_a_large_split_are_those_of_a_sample(tmp_path, monkeypatch):
    made = make(tmp_path, [flat(value) for value in (10, 20, 30, 40)], labels=[0, 0, 1, 1])
    assert splits.split_statistics(made)[0] == (25.0,) * 3
    monkeypatch.setattr(splits, "STATISTICS_SAMPLE", 2)  # one image of each class
    mean = splits.split_statistics(made)[0][0]
    assert mean in {20.0, 25.0, 30.0}
    assert splits.split_statistics(made)[0][0] == mean
