"""Decoding with Pillow: sizes, colour modes, and how unusable images are reported."""

import image_files
import numpy as np
import pytest

from nasbench_templates.data.images import image_census, image_decoding
from nasbench_templates.support.errors import DataError

encode = image_files.encode_image


def cells(*contents):
    return image_decoding.from_cells([f"image {row}" for row in range(len(contents))], contents)


def decode(*contents, shape=(4, 4, 3), is_resized=True):
    return image_decoding.decode(cells(*contents), shape, is_resized=is_resized)[0]


def test_order_is_kept_over_several_threads():
    contents = [encode((row % 256, row // 256, 0), size=4) for row in range(600)]
    pixels = decode(*contents)[:, 0, 0].astype(int)
    assert (pixels[:, 0] + 256 * pixels[:, 1]).tolist() == list(range(600))


def test_longer_side_is_cut_to_its_centre():
    rows, columns = np.mgrid[:4, :9]
    image = np.stack([rows, columns, rows], -1).astype(np.uint8)
    assert np.array_equal(decode(image_files.encode_array(image))[0], image[:, 2:6])


def test_larger_image_is_averaged_down():
    blocks = np.kron(np.arange(16, dtype=np.uint8).reshape(4, 4) * 10, np.ones((8, 8), np.uint8))
    received = decode(image_files.encode_array(blocks), shape=(4, 4, 1))[0, ..., 0]
    # The triangle filter also sees the neighbouring blocks, an eighth of each at most.
    assert np.abs(received.astype(int) - np.arange(16).reshape(4, 4) * 10).max() <= 7


@pytest.mark.parametrize("size", [(1, 1), (3, 1000), (1000, 3), (5, 4), (223, 224)])
def test_every_size_is_resized(size):
    image = np.full((*size, 3), 9, np.uint8)
    assert np.all(decode(image_files.encode_array(image), shape=(7, 7, 3)) == 9)


def test_all_unusable_images_are_counted_and_the_first_named():
    good = encode((1, 2, 3), size=4)
    with pytest.raises(DataError) as caught:
        decode(good, b"", b"text", None, good[:40], b"", good)
    assert str(caught.value) == (
        "5 of 7 images are unusable: image 1: expected an image, received an empty file; "
        "image 2: expected a decodable image, received no known image format; "
        "image 3: expected an encoded image, received none and 2 more"
    )


def test_single_unusable_image_is_named_in_short():
    with pytest.raises(DataError, match=r"^image 1: expected an image, received an empty file$"):
        decode(encode(0, "L", 4), b"")


def test_deeper_pixels_are_refused():
    deep = image_files.encode_array(np.full((4, 4), 1000, np.uint16))
    with pytest.raises(DataError, match="image 0: expected 8 bits a channel, received mode I;16"):
        decode(deep)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_usual_modes_become_colour(mode):
    form = "JPEG" if mode == "CMYK" else "PNG"
    assert decode(encode(0, mode, 4, form)).shape == (1, 4, 4, 3)


def test_census_needs_headers_only():
    content = encode((9, 8, 7), size=64, form="JPEG")
    census = image_decoding.take_census(cells(content[:700], encode(1, "L", 32)))
    assert census.sizes == {(32, 32), (64, 64)}
    assert census.size is None
    assert not census.is_grey
    assert {mode: tally.first for mode, tally in census.modes.items()} == {
        "RGB": ["image 0"],
        "L": ["image 1"],
    }


def test_census_survives_json():
    census = image_decoding.take_census(cells(*[encode(1, "L", 8)] * 5))
    again = image_census.Census.from_json(census.to_json())
    assert again == census
    assert (again.num_images, again.size, again.is_grey) == (5, (8, 8), True)


def test_conversions_are_one_warning_with_count_and_first_names(caplog):
    contents = [encode((1, 2, 3), size=4), *[encode(1, "L", 4)] * 4, encode(0, "CMYK", 4, "JPEG")]
    census = image_decoding.take_census(cells(*contents))
    census.warn_of_conversions("toy")
    assert [record.getMessage() for record in caplog.records] == [
        "toy: of 6 images these are converted to RGB: "
        "4 greyscale (image 1, image 2, image 3 and 1 more); 1 CMYK (image 5)"
    ]


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_uniform_sets_give_no_warning(caplog, mode):
    image_decoding.take_census(cells(encode(1, mode, 4))).warn_of_conversions("toy")
    assert not caplog.records
