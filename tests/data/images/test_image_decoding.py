"""Decoding with Pillow: sizes, colour modes, and how unusable images are reported."""

import io

import image_files
import numpy as np
import pytest

from nasbench_templates.data.core import labelled_files, streaming
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


def test_conversions_are_one_warning_with_count_and_first_names():
    contents = [encode((1, 2, 3), size=4), *[encode(1, "L", 4)] * 4, encode(0, "CMYK", 4, "JPEG")]
    census = image_decoding.take_census(cells(*contents))
    assert [note.text for note in census.notes(channels=3)] == [
        "of 6 images these are converted to RGB: "
        "4 greyscale (image 1, image 2, image 3 and 1 more); 1 CMYK (image 5)"
    ]


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_uniform_sets_give_no_note(mode):
    assert image_decoding.take_census(cells(encode(1, mode, 4))).notes(channels=3) == ()


def oriented(orientation, form="JPEG"):
    """The upper left quarter of what is stored is bright."""
    from PIL import Image

    pixels = np.zeros((16, 32, 3), np.uint8)
    pixels[:8, :16] = 255
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    image.save(stream, form, exif=exif, **({"quality": 95} if form == "JPEG" else {}))
    return stream.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (0, 1)), (8, (1, 0))]
)
def test_images_are_turned_as_their_tag_says(form, orientation, corner):
    content = oriented(orientation, form)
    shape = (16, 32, 3) if orientation in (1, 3) else (32, 16, 3)
    census = image_decoding.take_census(cells(content))
    assert census.size == shape[:2]
    pixels = decode(content, shape=shape, is_resized=False)[0]
    row, column = (-4 if part else 4 for part in corner)
    assert pixels[row, column].min() > 200
    assert pixels[-row, -column].max() < 55
    turned = [note.text for note in census.notes(3)]
    assert turned == (
        [] if orientation == 1 else ["1 images are turned as their EXIF tag says: image 0"]
    )


def test_metadata_that_cannot_be_read_turn_nothing():
    content = oriented(6).replace(b"Exif\0\0", b"Exif\0\0\xff\xff", 1)
    assert decode(content, shape=(16, 32, 3)).shape == (1, 16, 32, 3)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_are_laid_on_white(mode):
    from PIL import Image

    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0)).convert(mode)
    stream = io.BytesIO()
    image.save(stream, "PNG", **({"transparency": 0} if mode == "P" else {}))
    assert decode(stream.getvalue(), shape=(4, 4, 3)).min() == 255
    assert decode(stream.getvalue(), shape=(4, 4, 1)).min() == 255
    (*_, note) = image_decoding.take_census(cells(stream.getvalue())).notes(3)
    assert note.text == ("1 images may have transparent pixels, which are laid on white: image 0")


def test_opaque_pixels_are_what_they_were():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (8, 8, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    assert np.array_equal(
        decode(image_files.encode_array(pixels), shape=(8, 8, 3))[0], pixels[..., :3]
    )


def test_first_of_several_frames_is_taken_and_told():
    from PIL import Image

    frames = [Image.new("RGB", (4, 4), (value, 0, 0)) for value in (255, 0)]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    assert decode(stream.getvalue(), shape=(4, 4, 3))[0, 0, 0, 0] == 255
    (note,) = image_decoding.take_census(cells(stream.getvalue())).notes(3)
    assert "1 images have several frames" in note.text


def test_documents_are_no_images():
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n%%EndComments\n"
    with pytest.raises(DataError, match="no known image format"):
        decode(eps)


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(40, 30), (17, 90), (8, 8)])
def test_streamed_pixels_are_those_in_memory(tmp_path, form, size):
    rng = np.random.default_rng(0)
    path = tmp_path / "image"
    path.write_bytes(image_files.encode_array(rng.integers(0, 256, (*size, 3), np.uint8), form))
    files = labelled_files.make_files(tmp_path, ["image"], [1], [0], [0])
    split = streaming.StreamedSplit(files, (16, 16, 3))
    (streamed,) = split.batches(np.array([0]), 1)
    in_memory, _ = image_decoding.decode(
        image_decoding.from_files(files), (16, 16, 3), is_resized=True
    )
    assert np.array_equal(streamed, in_memory)
