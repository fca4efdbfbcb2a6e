"""Parquet image shards, whole and damaged."""

import dataclasses

import image_files
import numpy as np
import pytest

from nasbench_templates.data.formats import parquet_images
from nasbench_templates.data.images import image_census, image_decoding
from nasbench_templates.support.errors import DataError

encode = image_files.encode_image
write = image_files.write_shard
SHARD = "train-00000-of-00001.parquet"


@dataclasses.dataclass
class Part:
    images: np.ndarray
    labels: np.ndarray
    census: image_census.Census


def read(folder, shape=(32, 32, 3), labels=("label", "labels"), num_classes=10):
    known = tuple(map(str, range(num_classes)))
    stored = parquet_images.read_parts(folder, ["train"], label_columns=labels, known_classes=known)
    part = stored.parts["train"]
    images, census = image_decoding.decode(part.encoded, shape)
    return Part(images, part.labels, census)


@pytest.mark.parametrize("image_column", ["image", "img"])
@pytest.mark.parametrize("label_column", ["label", "labels"])
def test_columns_of_either_name_are_read(tmp_path, image_column, label_column):
    images = [encode((1, 2, 3)), encode((4, 5, 6))]
    write(tmp_path / SHARD, images, [7, 8], (image_column, label_column))
    part = read(tmp_path)
    assert part.images.shape == (2, 32, 32, 3)
    assert part.images[1, 0, 0].tolist() == [4, 5, 6]
    assert part.labels.tolist() == [7, 8]
    assert list(part.census.formats) == ["PNG"]


def test_label_columns_are_tried_in_order(tmp_path):
    write(tmp_path / SHARD, [encode((0, 0, 0))], [99], ("img", "fine_label"))
    part = read(tmp_path, labels=("fine_label", "coarse_label"), num_classes=100)
    assert part.labels.tolist() == [99]


def test_shards_are_read_in_the_order_of_names(tmp_path):
    for number in (1, 0):
        name = f"train-0000{number}-of-00002.parquet"
        form = ("PNG", "JPEG")[number]
        write(tmp_path / name, [encode((0, 0, 0), form=form)], [number])
    part = read(tmp_path)
    assert part.labels.tolist() == [0, 1]
    assert sorted(part.census.formats) == ["JPEG", "PNG"]


def test_grey_image_among_colour_ones_is_converted(tmp_path):
    write(
        tmp_path / SHARD,
        [encode((1, 2, 3)), encode(9, mode="L")],
        [0, 1],
    )
    assert read(tmp_path).images[1, 0, 0].tolist() == [9, 9, 9]


def test_grey_data_set_has_one_channel(tmp_path):
    write(tmp_path / SHARD, [encode(9, mode="L", size=28)], [0])
    assert read(tmp_path, shape=(28, 28, 1)).images.shape == (1, 28, 28, 1)


@pytest.mark.parametrize("content", [b"", b"not an image", None])
def test_undecodable_image_is_refused_with_its_row(tmp_path, content):
    write(tmp_path / SHARD, [encode((0, 0, 0)), content], [0, 1])
    with pytest.raises(DataError, match=f"{tmp_path / SHARD}: row 1: expected a.* image"):
        read(tmp_path)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_truncated_image_is_refused(tmp_path, form):
    content = encode((9, 8, 7), form=form)
    write(tmp_path / SHARD, [content[: len(content) * 3 // 4]], [0])
    with pytest.raises(DataError, match="row 0: expected a decodable image"):
        read(tmp_path)


def test_image_of_another_size_is_refused(tmp_path):
    write(tmp_path / SHARD, [encode((0, 0, 0), size=64)], [0])
    with pytest.raises(DataError, match=r"row 0: expected an image of 32 x 32 .*received 64 x 64"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 10], r"expected labels in 0\.\.9, received 10 in row 1"),
        ([0, None], "expected a label in every row of column 'label', received 1 rows without"),
        ([0.5, 1.5], "expected integers or text in column 'label', received double"),
        ([0, -1], "expected a class for every image, received the label -1"),
        ([0, 2**40], r"expected labels in 0\.\.9, received 1099511627776 in row 1"),
    ],
)
def test_impossible_labels_are_refused(tmp_path, labels, message):
    write(tmp_path / SHARD, [encode((0, 0, 0))] * 2, labels)
    with pytest.raises(DataError, match=f"{tmp_path / SHARD}: {message}"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (("photo", "label"), "expected a column image or img, received photo, label"),
        (("img", "class"), "expected a column label or labels, received img, class"),
    ],
)
def test_missing_column_is_refused(tmp_path, columns, message):
    write(tmp_path / SHARD, [encode((0, 0, 0))], [0], columns)
    with pytest.raises(DataError, match=message):
        read(tmp_path)


def test_image_column_of_another_type_is_refused(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"img": ["a.png"], "label": [0]}), tmp_path / SHARD)
    with pytest.raises(DataError, match=r"column 'img' to be bytes or a struct .*received string"):
        read(tmp_path)


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_truncated_file_is_refused(tmp_path, kept):
    path = write(tmp_path / SHARD, [encode((0, 0, 0))], [0])
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match=f"{path}: expected a complete Parquet file"):
        read(tmp_path)


def test_missing_shard_is_refused(tmp_path):
    write(tmp_path / "train-00001-of-00003.parquet", [encode((0, 0, 0))], [0])
    with pytest.raises(DataError, match="expected 3 train shards, missing number 0, 2"):
        read(tmp_path)


def test_missing_part_is_refused(tmp_path):
    with pytest.raises(DataError, match=f"{tmp_path}: expected train-\\*.parquet, found none"):
        read(tmp_path)


@pytest.mark.parametrize(
    "others",
    [
        ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"],
        ["train-00000-of-00001-0a1b2c.parquet"],
        ["train.parquet"],
        ["train-more.parquet"],
    ],
)
def test_shards_of_two_uploads_are_refused_by_name(tmp_path, others):
    for name in (SHARD, *others):
        write(tmp_path / name, [encode((0, 0, 0))], [0])
    with pytest.raises(DataError, match=r"of one upload, .*read twice: .*") as caught:
        read(tmp_path)
    for name in (SHARD, *others):
        assert name in str(caught.value)


def test_one_file_alone_is_a_part(tmp_path):
    write(tmp_path / "train.parquet", [encode((0, 0, 0))], [0])
    assert read(tmp_path).labels.tolist() == [0]


def test_images_may_be_plain_bytes(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({"img": [encode((1, 2, 3))], "label": [4]})
    parquet.write_table(table, tmp_path / SHARD)
    assert read(tmp_path).images[0, 0, 0].tolist() == [1, 2, 3]


def test_shards_in_two_folders_of_a_place_are_refused(tmp_path):
    for place in (tmp_path, tmp_path / "data"):
        write(place / SHARD, [encode((0, 0, 0))], [0])
    with pytest.raises(DataError, match=f"in each of {tmp_path}, {tmp_path}/data; name the one"):
        parquet_images.find_folder([tmp_path])
    assert parquet_images.find_folder([tmp_path / "data"]) == tmp_path / "data"


def test_shards_of_no_part_are_told(tmp_path):
    for name in (SHARD, "dev-00000-of-00001.parquet", "TRAIN-0.PARQUET"):
        write(tmp_path / name, [encode((0, 0, 0))], [1])
    (note,) = parquet_images.read_parts(tmp_path, ["train"]).notes
    assert note.kind == "skipped"
    assert "2 of no part (TRAIN-0.PARQUET, dev-00000-of-00001.parquet)" in note.text
    (tmp_path / SHARD).unlink()
    with pytest.raises(DataError, match=r"found none among TRAIN-0\.PARQUET, dev-00000"):
        read(tmp_path)
