"""Sets by a name of the user's own: layouts, splits, sizes and what is refused."""

import json

import image_files
import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.core import duplicates, notes, streaming
from nasbench_templates.data.formats.parquet_images import Columns
from nasbench_templates.data.images import own_sets
from nasbench_templates.support.errors import ConfigError, DataError, UnknownNameError

pytestmark = pytest.mark.usefixtures("cache_folder")


def load(folder, name="mine", image_size=None):
    return loading.load_dataset(name, folder, image_size)


def values(split):
    return split.images[:, 0, 0, 0].tolist()


def write_parts(folder, *parts):
    """Ten images a class in each part; no two images have the same value."""
    for number, part in enumerate(parts):
        image_files.write_classes(folder / part, start=20 * number)
    return folder


@pytest.mark.parametrize("place", ["", "mine"])
def test_set_is_found_in_the_folder_or_below_it(tmp_path, place):
    write_parts(tmp_path / place, "train", "test")
    info = loading.find_info("mine", tmp_path)
    assert (info.input_shape, info.num_classes) == ((4, 4, 3), 2)
    made = load(tmp_path)
    assert (made.name, made.classes) == ("mine", ("cat", "dog"))
    assert made.source == "image folders (PNG)"


@pytest.mark.parametrize("validation", ["val", "valid", "validation"])
def test_own_validation_part_is_used(tmp_path, validation):
    made = load(write_parts(tmp_path, "train", validation, "test"))
    assert values(made.train) == list(range(20))
    assert values(made.validation) == list(range(20, 40))
    assert values(made.test) == list(range(40, 60))
    assert made.train.labels.tolist() == [0] * 10 + [1] * 10


def test_one_tenth_of_training_is_for_validation(tmp_path):
    made = load(write_parts(tmp_path, "train", "test"))
    assert made.num_images == (18, 2, 20)
    assert made.validation.labels.tolist() == [0, 1]
    assert sorted(values(made.train) + values(made.validation)) == list(range(20))


def test_validation_part_is_the_test_split_when_there_is_no_other(tmp_path):
    made = load(write_parts(tmp_path, "train", "val"))
    assert made.num_images == (18, 2, 20)
    assert values(made.test) == list(range(20, 40))
    (note,) = [note for note in made.notes if note.kind == notes.PARTS]
    assert note.text == "there is no test part: val is the test split, and training images validate"


def test_class_folders_alone_are_split_in_three(tmp_path):
    made = load(image_files.write_classes(tmp_path, count=50))
    assert made.num_images == (81, 9, 10)
    assert np.bincount(made.test.labels).tolist() == [5, 5]
    parts = (made.train, made.validation, made.test)
    assert sorted(value for part in parts for value in values(part)) == list(range(100))
    assert values(load(tmp_path).test) == values(made.test)


def test_no_split_shares_an_image_with_another(tmp_path):
    made = load(image_files.write_classes(tmp_path, count=50))
    assert duplicates.find_duplicates(made.train, made.validation) == ()
    assert duplicates.find_duplicates(made.train, made.test) == ()
    assert duplicates.find_duplicates(made.validation, made.test) == ()


def test_images_of_different_sizes_need_a_size(tmp_path):
    write_parts(tmp_path, "train", "test")
    (tmp_path / "test/cat/000.png").write_bytes(image_files.encode_image((0, 0, 0), size=9))
    with pytest.raises(ConfigError, match=r"--image_size=PIXELS .* received some of 4 x 4, 9 x 9"):
        loading.find_info("mine", tmp_path)
    assert load(tmp_path, image_size=6).input_shape == (6, 6, 3)


def test_image_size_may_be_chosen_for_images_of_one_size(tmp_path):
    write_parts(tmp_path, "train", "test")
    assert loading.find_info("mine", tmp_path, 2).input_shape == (2, 2, 3)
    assert load(tmp_path, image_size=2).train.image_shape == (2, 2, 3)
    with pytest.raises(ConfigError, match="expected an image size of at least 1 pixel, received 0"):
        load(tmp_path, image_size=0)


def test_images_need_not_be_square(tmp_path):
    for part in ("train", "test"):
        image_files.write_classes(tmp_path / part, count=5)
    for path in tmp_path.rglob("*.png"):
        path.write_bytes(image_files.encode_array(np.zeros((3, 5, 3), np.uint8)))
    assert load(tmp_path).input_shape == (3, 5, 3)


def test_grey_set_has_one_channel_and_mixed_ones_three(tmp_path, caplog):
    write_parts(tmp_path, "train", "test")
    grey = image_files.encode_image(9, "L", 4)
    paths = sorted(tmp_path.rglob("*.png"))
    paths[0].write_bytes(grey)
    assert load(tmp_path).input_shape == (4, 4, 3)
    texts = [record.getMessage() for record in caplog.records]
    (warning,) = [text for text in texts if "converted" in text]
    assert warning == f"mine: of 40 images these are converted to RGB: 1 greyscale ({paths[0]})"
    for path in paths:
        path.write_bytes(grey)
    assert load(tmp_path).input_shape == (4, 4, 1)


def test_broken_images_are_reported_with_their_names(tmp_path):
    write_parts(tmp_path, "train", "test")
    path = tmp_path / "train/dog/003.png"
    path.write_bytes(b"")
    with pytest.raises(DataError, match=f"{path}: expected an image, received an empty file"):
        loading.find_info("mine", tmp_path)


def test_image_broken_behind_its_header_is_reported_before_training(tmp_path):
    write_parts(tmp_path, "train", "test")
    path = tmp_path / "train/dog/003.png"
    path.write_bytes(image_files.encode_array(np.eye(4, dtype=np.uint8))[:-30])
    with pytest.raises(DataError, match=f"{path}: expected a decodable image"):
        load(tmp_path)


def test_classes_of_test_must_be_those_of_training(tmp_path):
    write_parts(tmp_path, "train", "test")
    (tmp_path / "test/dog").rename(tmp_path / "test/wolf")
    with pytest.raises(DataError, match=f"{tmp_path}/test: expected 2 class folders, missing dog"):
        load(tmp_path)


def test_too_few_images_to_split_are_refused(tmp_path):
    image_files.write_classes(tmp_path, count=4)
    with pytest.raises(DataError, match=f"{tmp_path}: expected at least 10 images"):
        load(tmp_path)


def test_folder_without_a_set_lists_close_names_and_layouts(tmp_path):
    with pytest.raises(UnknownNameError) as caught:
        load(tmp_path, "cifar-10")
    message = str(caught.value)
    assert "did you mean cifar10" in message
    assert f"expected in {tmp_path} or a subfolder" in message
    assert "train-*.parquet" in message


def test_empty_class_folder_is_named(tmp_path):
    image_files.write_classes(tmp_path)
    (tmp_path / "wolf").mkdir()
    with pytest.raises(DataError, match="received 1 without: wolf"):
        load(tmp_path)


def test_folder_of_many_data_sets_is_not_taken_for_one(tmp_path):
    image_files.write_classes(tmp_path / "other" / "train")
    image_files.write_classes(tmp_path, ("loose",))
    with pytest.raises(
        UnknownNameError, match=r"unknown data set .mine.: .* images or clips of your own"
    ):
        load(tmp_path)


def test_folder_must_exist(tmp_path):
    with pytest.raises(DataError, match=r"mine: expected a folder at .*absent, found nothing"):
        load(tmp_path / "absent")


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x"])
def test_name_must_be_one_of_a_folder(tmp_path, name):
    with pytest.raises(ConfigError, match="expected a data set's name"):
        load(tmp_path, name)


@pytest.fixture
def streamed(tmp_path, monkeypatch):
    monkeypatch.setattr(own_sets, "MEMORY_LIMIT_BYTES", 100)
    return load(write_parts(tmp_path, "train", "test"))


def test_large_sets_are_streamed(streamed):
    assert isinstance(streamed.train, streaming.StreamedSplit)
    assert streamed.num_images == (18, 2, 20)
    assert streamed.source == "image folders (PNG), streamed"
    (batch,) = streamed.test.batches(np.arange(20), 20)
    assert batch[:, 0, 0, 0].tolist() == list(range(20, 40))


def test_streamed_set_is_split_and_normalised_like_the_one_in_memory(
    streamed, tmp_path, monkeypatch
):
    monkeypatch.setattr(own_sets, "MEMORY_LIMIT_BYTES", 1 << 30)
    loaded = load(tmp_path)
    for part in ("train", "validation", "test"):
        files, arrays = getattr(streamed, part), getattr(loaded, part)
        (batch,) = files.batches(np.arange(files.num_images), 99)
        assert np.array_equal(batch, arrays.images)
        assert np.array_equal(files.labels, arrays.labels)
    assert (streamed.mean, streamed.std) == (loaded.mean, loaded.std)


def test_checksum_of_a_streamed_set_is_over_names_sizes_and_labels(streamed, tmp_path):
    again = load(tmp_path)
    assert again.checksum == streamed.checksum
    path = tmp_path / "test/dog/003.png"
    path.write_bytes(path.read_bytes() + b" ")
    assert load(tmp_path).checksum != streamed.checksum
    assert load(tmp_path, image_size=3).checksum != again.checksum
    assert streamed.with_limited_training(4).checksum != streamed.checksum
    assert streamed.with_validation_in_training().num_images == (20, 0, 20)


def test_every_format_is_streamed(tmp_path, monkeypatch):
    monkeypatch.setattr(own_sets, "MEMORY_LIMIT_BYTES", 100)
    write_parts(tmp_path, "train", "test")
    path = tmp_path / "train/cat/000.png"
    path.write_bytes(image_files.encode_image((77, 0, 0), size=4, form="TIFF"))
    made = load(tmp_path)
    (batch,) = made.train.batches(np.arange(18), 18)
    assert 77 in batch[:, 0, 0, 0]
    assert made.source == "image folders (PNG, TIFF), streamed"


@pytest.fixture
def write_shards(tmp_path):
    def write(**parts):
        start = 0
        for part, count in parts.items():
            images = [image_files.encode_image((start + row, 0, 0), size=4) for row in range(count)]
            image_files.write_shard(
                tmp_path / f"{part}-00000-of-00001.parquet",
                images,
                [row % 2 for row in range(count)],
            )
            start += count
        return tmp_path

    return write


def test_parquet_shards_are_a_set(write_shards):
    made = load(write_shards(train=20, test=4))
    assert made.num_images == (18, 2, 4)
    assert made.classes == ("0", "1")
    assert made.source == "Parquet image shards (PNG)"
    assert sorted(values(made.train) + values(made.validation)) == list(range(20))
    assert values(made.test) == [20, 21, 22, 23]


def test_parquet_validation_shards_are_used(write_shards):
    made = load(write_shards(train=20, validation=3, test=4))
    assert made.num_images == (20, 3, 4)
    assert values(made.validation) == [20, 21, 22]


def test_parquet_training_shards_alone_are_split_in_three(write_shards):
    assert load(write_shards(train=100)).num_images == (81, 9, 10)


def test_parquet_images_may_be_resized(write_shards):
    assert load(write_shards(train=20, test=4), image_size=7).input_shape == (7, 7, 3)


def test_class_names_come_from_the_hubs_metadata(tmp_path, write_shards):
    from pyarrow import parquet

    write_shards(train=20, test=4)
    features = {"label": {"names": ["left", "right", "neither"], "_type": "ClassLabel"}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    for path in tmp_path.iterdir():
        table = parquet.read_table(path)
        parquet.write_table(table.replace_schema_metadata(metadata), path)
    assert load(tmp_path).classes == ("left", "right", "neither")


def test_label_beyond_the_named_classes_is_refused(tmp_path, write_shards):
    from pyarrow import parquet

    write_shards(train=20, test=4)
    path = tmp_path / "train-00000-of-00001.parquet"
    metadata = {"huggingface": json.dumps({"info": {"features": {"label": {"names": ["one"]}}}})}
    parquet.write_table(parquet.read_table(path).replace_schema_metadata(metadata), path)
    with pytest.raises(DataError, match=rf"{path}: expected labels in 0\.\.0, received 1"):
        load(tmp_path)


def test_broken_rows_are_reported_before_decoding(tmp_path, write_shards):
    write_shards(train=20)
    images = [image_files.encode_image((0, 0, 0), size=4), b"", b"text"]
    path = image_files.write_shard(tmp_path / "test-00000-of-00001.parquet", images, [0, 1, 0])
    with pytest.raises(DataError, match=rf"2 of 3 .*{path}: row 1: .*empty.*{path}: row 2: "):
        loading.find_info("mine", tmp_path)


def test_real_shards_by_another_name(data_folder):
    info = loading.find_info("cifar10_jpeg", data_folder)
    assert (info.input_shape, info.num_classes) == ((32, 32, 3), 10)


def remarks(made, kind):
    return [note.text for note in made.notes if note.kind == kind]


def test_folders_in_class_folders_are_read(tmp_path):
    write_parts(tmp_path, "train", "test")
    image_files.write_classes(tmp_path / "train", ("cat/more", "dog/more/deep"), start=60)
    made = load(tmp_path)
    assert made.classes == ("cat", "dog")
    assert sum(made.num_images) == 60
    assert made.train.labels.sum() + made.validation.labels.sum() == 20


def test_what_is_left_out_is_told_with_counts(tmp_path, caplog):
    write_parts(tmp_path, "train", "test", "extra")
    image_files.write_classes(tmp_path / "train", ("__MACOSX", "cat/@eaDir"), count=1)
    (tmp_path / "train" / "cat" / "sound.mp3").write_bytes(b"ID3")
    (tmp_path / "train" / "wolf").symlink_to(tmp_path / "absent")
    (tmp_path / "train" / "loose.png").write_bytes(b"")
    made = load(tmp_path)
    assert made.num_images == (18, 2, 20)
    (text,) = remarks(made, "skipped")
    for part in (
        "6 files or folders were left out",
        "1 folders beside the parts (extra)",
        "2 folders of the system (train/__MACOSX, train/cat/@eaDir)",
        "1 no images (train/cat/sound.mp3)",
        "1 links to nothing (train/wolf)",
        "1 beside the class folders (train/loose.png)",
    ):
        assert part in text
    assert f"mine: {text}" in [record.getMessage() for record in caplog.records]


def test_notes_stay_with_every_part_of_a_data_set(tmp_path):
    made = load(write_parts(tmp_path, "train", "test", "extra"))
    assert made.notes
    for other in (
        made.with_validation_in_training(),
        made.with_limited_training(2),
        made.with_limited_splits(2),
    ):
        assert other.notes == made.notes


@pytest.mark.parametrize("names", [("Train", "Test"), ("training", "testing"), ("test", "val")])
def test_parts_that_are_called_otherwise_are_no_classes(tmp_path, names):
    write_parts(tmp_path, *names)
    with pytest.raises(DataError, match=f"received parts instead of classes: .*{names[0]}"):
        load(tmp_path)


def test_parts_below_classes_are_no_class_folders(tmp_path):
    write_parts(tmp_path, "cat", "dog")  # cat/cat, cat/dog, ...
    for name in ("cat", "dog"):
        (tmp_path / name / "cat").rename(tmp_path / name / "train")
        (tmp_path / name / "dog").rename(tmp_path / name / "test")
    with pytest.raises(UnknownNameError, match="a folder for every class"):
        load(tmp_path)


def test_a_class_may_be_called_train(tmp_path):
    image_files.write_classes(tmp_path, ("train", "ship"))
    assert load(tmp_path).classes == ("ship", "train")


def test_several_validation_parts_are_refused(tmp_path):
    write_parts(tmp_path, "train", "val", "valid", "test")
    with pytest.raises(DataError, match="expected one validation part, received val, valid"):
        load(tmp_path)


def test_a_single_class_is_refused(tmp_path):
    image_files.write_classes(tmp_path, ("cat",), count=20)
    with pytest.raises(DataError, match="of at least 2 classes, received only cat"):
        load(tmp_path)


def test_images_in_two_parts_and_of_one_colour_are_told_by_name(tmp_path):
    write_parts(tmp_path, "train", "test")
    for path in (tmp_path / "train").rglob("*.png"):
        path.write_bytes(image_files.encode_array(np.random.default_rng(0).integers(
            0, 256, (4, 4, 3), dtype=np.uint8)))  # fmt: skip
    made = load(tmp_path)
    (note,) = [note for note in made.notes if note.kind == "constant"]
    assert (note.count, note.first[0]) == (20, "test/cat/000.png")
    (text,) = remarks(made, "duplicates")
    assert text == "2 of 2 validation images stand in the training split too"


def test_turned_images_are_another_set_when_streamed(streamed, tmp_path):
    from PIL import Image

    path = tmp_path / "train/cat/000.png"
    size = path.stat().st_size
    image = Image.new("RGB", (4, 4))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(path, "PNG", exif=exif)
    again = load(tmp_path)
    assert remarks(again, "changed") == [f"1 images are turned as their EXIF tag says: {path}"]
    assert again.test.is_corrected
    assert not streamed.test.is_corrected
    assert path.stat().st_size != size


def test_labels_are_told_by_name_in_all_shards(tmp_path, write_shards):
    write_shards(train=20, test=4)
    image_files.name_classes(tmp_path / "train-00000-of-00001.parquet", ["cat", "dog"])
    image_files.name_classes(tmp_path / "test-00000-of-00001.parquet", ["dog", "cat"])
    made = load(tmp_path)
    assert made.classes == ("cat", "dog")
    assert made.test.labels.tolist() == [1, 0, 1, 0]
    (text,) = remarks(made, "labels")
    assert "numbers its classes in another order" in text


def test_text_is_a_label_and_columns_are_chosen(tmp_path):
    images = [image_files.encode_image((row, 0, 0), size=4) for row in range(20)]
    texts = ["dog", "cat"] * 10
    path = tmp_path / "train-00000-of-00001.parquet"
    image_files.write_shard(path, images, texts, ("photo", "animal"))
    with pytest.raises(DataError, match="--image_column=NAME chooses another"):
        load(tmp_path)
    columns = Columns("photo", "animal")
    made = loading.load_dataset("mine", tmp_path, columns=columns)
    assert made.classes == ("cat", "dog")
    info = loading.find_info("mine", tmp_path, columns=columns)
    assert '"image": "photo"' in info.options
    with pytest.raises(ConfigError, match="expected no --image_column"):
        loading.find_info("mnist", tmp_path, columns=columns)


def test_columns_are_for_shards_only(tmp_path):
    write_parts(tmp_path, "train", "test")
    with pytest.raises(ConfigError, match="expected Parquet shards for --image_column"):
        loading.find_info("mine", tmp_path, columns=Columns(label="animal"))
