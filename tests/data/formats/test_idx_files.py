"""The IDX reader on small files, whole and damaged."""

import gzip

import image_files
import numpy as np
import pytest

from nasbench_templates.data.formats import idx_files
from nasbench_templates.support.errors import DataError

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize("name", ["images", "images.gz"])
def test_plain_and_compressed_files_are_read(tmp_path, name):
    path = image_files.write_idx(tmp_path / name, IMAGES)
    np.testing.assert_array_equal(idx_files.read_idx(path, 3), IMAGES)


def test_compression_is_recognised_by_content(tmp_path):
    path = image_files.write_idx(tmp_path / "a.gz", IMAGES).rename(tmp_path / "images")
    np.testing.assert_array_equal(idx_files.read_idx(path, 3), IMAGES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected an IDX file, which starts with 00 00, received an empty file"),
        (b"<htm", "expected an IDX file, which starts with 00 00, received 3c 68 74 6d"),
        (bytes([0, 0, 0x0D, 1, 0, 0, 0, 0]), "expected IDX type 0x08 .*received 0x0d"),
        (bytes([0, 0, 8, 3, 0, 0, 0, 0]), "expected 1 dimensions, received 3"),
        (bytes([0, 0, 8, 1, 0, 0]), "expected a header of 8 bytes, received 6 bytes"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 3, 1, 2]), r"expected 11 bytes .*\(3,\), received 10"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 1, 1, 2]), r"expected 9 bytes .*\(1,\), received 10"),
        (bytes([0, 0, 8, 1]) + b"\xff" * 4, r"expected 4294967303 bytes .*received 8"),
    ],
)
def test_damaged_content_is_refused(tmp_path, content, message):
    path = tmp_path / "labels"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"{path}: {message}"):
        idx_files.read_idx(path, 1)


def test_sizes_that_overflow_64_bits_are_refused(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(bytes([0, 0, 8, 3]) + bytes([0x80, 0, 0, 0]) * 3)
    with pytest.raises(DataError, match="expected 9903520314283042199192993808 bytes"):
        idx_files.read_idx(path, 3)


@pytest.mark.parametrize("kept", [5, 15, -4])
def test_truncated_gzip_is_refused(tmp_path, kept):
    path = image_files.write_idx(tmp_path / "images.gz", IMAGES)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"images\.gz: expected a complete gzip file"):
        idx_files.read_idx(path, 3)


def test_gzip_with_wrong_checksum_is_refused(tmp_path):
    path = image_files.write_idx(tmp_path / "images.gz", IMAGES)
    path.write_bytes(path.read_bytes()[:-8] + bytes(8))
    with pytest.raises(DataError, match=r"images\.gz: expected a readable IDX file: CRC"):
        idx_files.read_idx(path, 3)


def test_corrupt_compressed_stream_is_refused(tmp_path):
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(b"")[:10] + b"\xff" * 20)
    with pytest.raises(DataError, match=r"images\.gz: expected a complete gzip file: Error -3"):
        idx_files.read_idx(path, 3)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="expected a readable IDX file: No such file"):
        idx_files.read_idx(tmp_path / "absent", 3)
