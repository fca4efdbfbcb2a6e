"""CIFAR python batches in a folder and in the archive."""

import dataclasses
import gzip
import hashlib
import pickle

import image_files
import numpy as np
import pytest

from nasbench_templates.data.formats import cifar_batches
from nasbench_templates.support.errors import DataError

CIFAR10 = cifar_batches.CIFAR10
PIXELS = np.zeros((2, 3072), np.uint8)


def test_parts_keep_the_order_of_files_and_rows(tmp_path):
    found = cifar_batches.read_folder(CIFAR10, image_files.write_batches(tmp_path))
    train, test = found.train, found.test
    assert train.images[:, 0, 0, 0].tolist() == [
        40 * batch + row for batch in range(5) for row in range(3)
    ]
    assert test.images[:, 0, 0, 0].tolist() == [200, 201, 202]
    assert test.labels.tolist() == [0, 1, 2]


def test_fine_labels_of_the_hundred_classes_are_read(tmp_path):
    for name, label in (("train", 99), ("test", 50)):
        batch = {b"data": PIXELS, b"coarse_labels": [1, 2], b"fine_labels": [0, label]}
        (tmp_path / name).write_bytes(pickle.dumps(batch))
    found = cifar_batches.read_folder(cifar_batches.CIFAR100, tmp_path)
    assert found.train.labels.tolist() == [0, 99]
    assert found.test.labels.tolist() == [0, 50]


def test_planes_become_channels(tmp_path):
    image_files.write_batches(tmp_path)
    row = np.arange(3072) // 1024 * 10 + np.arange(3072) % 32 % 7  # plane, then column modulo 7
    batch = {b"data": row.astype(np.uint8)[np.newaxis], b"labels": [4]}
    (tmp_path / "test_batch").write_bytes(pickle.dumps(batch))
    test = cifar_batches.read_folder(CIFAR10, tmp_path).test
    assert test.images[0, 5, 3].tolist() == [3, 13, 23]
    assert test.images[0, 5, 8].tolist() == [1, 11, 21]


def test_archive_gives_the_same_splits_as_the_folder(tmp_path):
    from_folder = cifar_batches.read_folder(CIFAR10, image_files.write_batches(tmp_path / "folder"))
    from_archive = cifar_batches.read_archive(
        CIFAR10, image_files.write_archive(tmp_path / CIFAR10.archive)
    )
    for part in ("train", "test"):
        left, right = getattr(from_folder, part), getattr(from_archive, part)
        np.testing.assert_array_equal(left.images, right.images)
        np.testing.assert_array_equal(left.labels, right.labels)
    assert {path.name for path in tmp_path.iterdir()} == {"folder", CIFAR10.archive}


def test_missing_batches_are_named(tmp_path):
    image_files.write_batches(tmp_path)
    (tmp_path / "data_batch_3").unlink()
    (tmp_path / "test_batch").unlink()
    with pytest.raises(DataError, match=f"{tmp_path}: .*; missing data_batch_3, test_batch"):
        cifar_batches.read_folder(CIFAR10, tmp_path)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ([1], "expected a pickled dict, received list"),
        ({"labels": [1]}, "expected the key 'data', received keys labels"),
        ({"data": PIXELS}, "expected the key 'labels', received keys data"),
        ({}, "expected the key 'data', received keys none"),
        ({"data": [1], "labels": [1]}, "expected data to be a uint8 array .*received list"),
        (
            {"data": PIXELS.astype(float), "labels": [1, 2]},
            r"received float64 array of shape \(2, 3072\)",
        ),
        ({"data": PIXELS[:, :9], "labels": [1, 2]}, r"shape \(rows, 3072\), received \(2, 9\)"),
        ({"data": PIXELS[:0], "labels": []}, r"received \(0, 3072\)"),
        ({"data": PIXELS, "labels": [1]}, "expected 2 labels, one per row of data, received 1"),
        ({"data": PIXELS, "labels": [1, 10]}, r"labels in 0\.\.9, received 10 in row 1"),
        ({"data": PIXELS, "labels": [1, 10**30]}, r"labels in 0\.\.9"),
        ({"data": PIXELS, "labels": [1, "2"]}, "labels to be a list of integers, received list"),
        ({"data": PIXELS, "labels": [1, True]}, "labels to be a list of integers, received list"),
        ({"data": PIXELS, "labels": np.zeros(2)}, "received float64 array"),
    ],
)
def test_malformed_batch_is_refused(tmp_path, batch, message):
    image_files.write_batches(tmp_path)
    path = tmp_path / "data_batch_2"
    path.write_bytes(pickle.dumps(batch, protocol=2))
    with pytest.raises(DataError, match=f"{path}: .*{message}"):
        cifar_batches.read_folder(CIFAR10, tmp_path)


def test_labels_may_be_an_array(tmp_path):
    image_files.write_batches(tmp_path)
    batch = {"data": PIXELS, "labels": np.array([3, 4], np.uint8)}
    (tmp_path / "test_batch").write_bytes(pickle.dumps(batch))
    assert cifar_batches.read_folder(CIFAR10, tmp_path).test.labels.tolist() == [3, 4]


def test_truncated_batch_is_refused(tmp_path):
    image_files.write_batches(tmp_path)
    path = tmp_path / "data_batch_1"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DataError, match=f"{path}: expected a complete pickle"):
        cifar_batches.read_folder(CIFAR10, tmp_path)


def test_archive_without_a_batch_is_refused(tmp_path):
    path = image_files.write_archive(
        tmp_path / CIFAR10.archive, names=("data_batch_1", "test_batch")
    )
    with pytest.raises(DataError, match=f"{path}: .*missing data_batch_2, data_batch_3"):
        cifar_batches.read_archive(CIFAR10, path)


@pytest.mark.parametrize("kept", [0, 30, 0.5, -3])
def test_truncated_archive_is_refused(tmp_path, kept):
    path = image_files.write_archive(tmp_path / CIFAR10.archive)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    with pytest.raises(DataError, match=CIFAR10.archive):
        cifar_batches.read_archive(CIFAR10, path)


def test_truncated_tar_in_whole_gzip_is_refused(tmp_path):
    path = image_files.write_archive(tmp_path / CIFAR10.archive)
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:20000]))
    with pytest.raises(DataError, match=r"expected a complete tar\.gz archive"):
        cifar_batches.read_archive(CIFAR10, path)


def test_other_file_under_the_archives_name_is_refused(tmp_path):
    path = tmp_path / CIFAR10.archive
    path.write_text("<html>not found</html>")
    with pytest.raises(DataError, match=r"expected a complete tar\.gz archive: Not a gzipped file"):
        cifar_batches.read_archive(CIFAR10, path)


def test_files_with_other_checksums_are_not_the_official_ones(tmp_path):
    (note,) = cifar_batches.read_folder(CIFAR10, image_files.write_batches(tmp_path)).notes
    assert (note.kind, note.count, note.is_expected) == ("official", 6, False)
    assert note.text.startswith("6 of 6 files are not the official ones: data_batch_1, ")


def test_files_with_the_known_checksums_are_the_official_ones(tmp_path):
    image_files.write_batches(tmp_path)
    sums = {name: hashlib.md5((tmp_path / name).read_bytes()).hexdigest() for name in CIFAR10.files}
    (note,) = cifar_batches.read_folder(dataclasses.replace(CIFAR10, md5=sums), tmp_path).notes
    assert (note.count, note.is_expected) == (0, True)
