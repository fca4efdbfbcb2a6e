"""Where CIFAR-10 is found, which form wins, and the real extracts."""

import image_files
import pytest
from pyarrow import parquet

from nasbench_templates.data import loading
from nasbench_templates.data.core import splits
from nasbench_templates.data.images import cifar_family
from nasbench_templates.data.sets import cifar10
from nasbench_templates.support.errors import DataError


def load(folder):
    return loading.load_dataset("cifar10", folder)


@pytest.mark.parametrize(
    "place", ["", "cifar-10-batches-py", "cifar10", "cifar10/cifar-10-batches-py"]
)
def test_batches_are_found_in_every_documented_place(tmp_path, place):
    image_files.write_batches(tmp_path / place)
    made = load(tmp_path)
    assert made.num_images == (12, 3, 3)
    assert made.source == "CIFAR python batches"
    assert (made.mean, made.std) == (cifar10.MEAN, cifar10.STD)


def test_batches_become_the_splits_of_the_benchmark(tmp_path):
    made = load(image_files.write_batches(tmp_path))
    # Batch b holds the values 40 * b, 40 * b + 1 and 40 * b + 2.
    assert [
        split.images[:, 0, 0, 0].tolist() for split in (made.train, made.validation, made.test)
    ] == [[0, 1, 2, 40, 41, 42, 80, 81, 82, 120, 121, 122], [160, 161, 162], [200, 201, 202]]


@pytest.mark.parametrize("place", ["", "cifar10"])
def test_archive_is_found_in_every_documented_place(tmp_path, place):
    (tmp_path / place).mkdir(exist_ok=True)
    image_files.write_archive(tmp_path / place / "cifar-10-python.tar.gz")
    made = load(tmp_path)
    assert made.num_images == (12, 3, 3)
    assert made.source == "CIFAR python batches"


@pytest.fixture
def write_parquet(monkeypatch):
    def write(folder, train=10):
        monkeypatch.setattr(cifar_family, "OFFICIAL_TOTALS", (train, 2))
        for part, count in (("train", train), ("test", 2)):
            images = [image_files.encode_image((row, 0, 0)) for row in range(count)]
            labels = [row % 10 for row in range(count)]
            image_files.write_shard(folder / f"{part}-00000-of-00001.parquet", images, labels)
        return folder

    return write


@pytest.mark.parametrize("place", ["", "data", "cifar10", "cifar10/data", "cifar10/plain_text"])
def test_parquet_is_found_and_its_last_fifth_is_for_validation(tmp_path, write_parquet, place):
    write_parquet(tmp_path / place)
    made = load(tmp_path)
    assert made.num_images == (8, 2, 2)
    assert made.validation.labels.tolist() == [8, 9]
    assert made.source == "Parquet image shards (PNG)"
    assert (made.mean, made.std) == (cifar10.MEAN, cifar10.STD)


def test_batches_are_preferred_to_parquet(tmp_path, write_parquet):
    write_parquet(tmp_path / "cifar10")
    image_files.write_batches(tmp_path)
    assert load(tmp_path).source == "CIFAR python batches"


def test_parquet_too_small_to_split_is_refused(tmp_path, write_parquet):
    write_parquet(tmp_path, train=4)
    with pytest.raises(DataError, match=f"{tmp_path}: expected more than 1 training.*received 4"):
        load(tmp_path)


def test_parquet_of_another_number_of_images_is_refused(tmp_path, write_parquet, monkeypatch):
    write_parquet(tmp_path)
    monkeypatch.setattr(cifar_family, "OFFICIAL_TOTALS", (50_000, 10_000))
    with pytest.raises(DataError, match="expected the 50,000 train images of cifar10, received 10"):
        load(tmp_path)


@pytest.mark.parametrize(("start", "stop"), [(0, 10), (4, 6)])
def test_parquet_names_are_brought_to_the_known_order(tmp_path, write_parquet, start, stop):
    write_parquet(tmp_path)
    names = list(cifar10.CLASSES)
    names[start:stop] = reversed(names[start:stop])
    for path in tmp_path.glob("*.parquet"):
        image_files.name_classes(path, names)
    made = load(tmp_path)
    expected = [cifar10.CLASSES.index(names[label]) for label in range(8)]
    assert made.train.labels.tolist() == expected
    assert any("another order" in note.text for note in made.notes)


def test_parquet_of_other_classes_is_refused(tmp_path, write_parquet):
    write_parquet(tmp_path)
    image_files.name_classes(tmp_path / "test-00000-of-00001.parquet", [f"c{n}" for n in range(10)])
    with pytest.raises(DataError, match=r"expected the classes airplane, .* received others: c0"):
        load(tmp_path)


def test_parquet_with_one_name_spelled_otherwise_is_read(tmp_path, write_parquet):
    write_parquet(tmp_path)
    names = ["plane", *cifar10.CLASSES[1:]]
    image_files.name_classes(tmp_path / "test-00000-of-00001.parquet", names)
    (note,) = [note for note in load(tmp_path).notes if "spells" in note.text]
    assert note.text.endswith("spells 1 class names otherwise: plane")


def test_parquet_without_test_shards_is_refused(tmp_path, write_parquet):
    write_parquet(tmp_path)
    (tmp_path / "test-00000-of-00001.parquet").unlink()
    with pytest.raises(DataError, match=r"expected test-\*\.parquet, found none"):
        load(tmp_path)


def test_places_and_files_are_listed_if_nothing_is_found(tmp_path):
    (tmp_path / "cifar10_lossless" / "cifar-10-batches-py").mkdir(parents=True)
    with pytest.raises(DataError) as caught:
        load(tmp_path)
    message = str(caught.value)
    assert "\n" not in message
    for part in (
        "data_batch_1, data_batch_2",
        "cifar-10-python.tar.gz",
        "train-*.parquet",
        "test_batch",
    ):
        assert part in message
    for place in ("", "/cifar-10-batches-py", "/data", "/cifar10", "/cifar10/data"):
        assert f"{tmp_path}{place}," in message


def test_data_dir_must_exist(tmp_path):
    with pytest.raises(DataError, match=r"cifar10: expected a folder at .*absent, found nothing"):
        load(tmp_path / "absent")


@pytest.mark.parametrize("place", ["cifar10_lossless", "cifar10_lossless/cifar-10-batches-py"])
def test_real_batches(data_folder, place):
    made = load(data_folder / place)
    assert made.num_images == (2400, 600, 600)
    assert made.input_shape == (32, 32, 3)
    # A sample of the benchmark's training images, so close to its constants.
    assert splits.split_statistics(made.train)[0] == pytest.approx(cifar10.MEAN, abs=2)
    assert [(made.test.labels == label).sum() for label in range(10)] == [60] * 10


def test_first_rows_of_the_real_parquet(data_folder, tmp_path, monkeypatch):
    parts = {"train": 500, "test": 100}
    monkeypatch.setattr(cifar_family, "OFFICIAL_TOTALS", tuple(parts.values()))
    for part, count in parts.items():
        name = f"{part}-00000-of-00001.parquet"
        whole = parquet.read_table(data_folder / "cifar10_jpeg" / name)
        parquet.write_table(whole.slice(0, count), tmp_path / name)
    made = load(tmp_path)
    assert made.num_images == (400, 100, 100)
    assert made.source == "Parquet image shards (JPEG)"
    means, _ = splits.split_statistics(made.train)
    # The means of the images scatter by some 32: those of 400 by 1.6.
    assert means == pytest.approx(cifar10.MEAN, abs=8)


@pytest.mark.slow
def test_real_parquet(data_folder):
    made = load(data_folder / "cifar10_jpeg")
    assert made.num_images == (40000, 10000, 10000)
    assert made.source == "Parquet image shards (JPEG)"
    means, _ = splits.split_statistics(made.train)
    assert means == pytest.approx(cifar10.MEAN, abs=1)
    assert [(made.test.labels == label).sum() for label in range(10)] == [1000] * 10


def test_real_folder_with_two_candidates_is_refused(data_folder):
    with pytest.raises(DataError, match=r"cifar10: expected .*; found none of them"):
        load(data_folder)
