"""Reads CIFAR-10 in its original form: pickled batches, in a folder or in the `.tar.gz` archive.

Each batch holds one row of 3,072 bytes per image: the red, the green, then the blue plane. The
archive is read without being unpacked, and pickles only through `array_pickles`.

Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Dataset layout, Python / Matlab versions".
"""

import gzip
import tarfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from nasbench_templates.data import array_pickles, folders, splits
from nasbench_templates.errors import DataError, describe

FOLDER = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
NUM_CLASSES = 10
TRAIN_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 5))
VALIDATION_BATCHES = ("data_batch_5",)
TEST_BATCHES = ("test_batch",)
BATCHES = TRAIN_BATCHES + VALIDATION_BATCHES + TEST_BATCHES

_ROW_BYTES = 3 * 32 * 32
_ARCHIVE_DAMAGE = (OSError, EOFError, tarfile.TarError, zlib.error)
Arrays = tuple[np.ndarray, np.ndarray]


def find_folder(places: Sequence[Path]) -> Path | None:
    """Returns the first of `places`, or of their `cifar-10-batches-py`, that holds a batch."""
    for place in places:
        for folder in folders.existing((place / FOLDER, place)):
            if folders.first_file(folder, BATCHES):
                return folder
    return None


def find_archive(places: Sequence[Path]) -> Path | None:
    """Returns the first original archive in one of `places`, or `None`."""
    return next((place / ARCHIVE for place in places if (place / ARCHIVE).is_file()), None)


def read_folder(folder: Path) -> tuple[splits.Split, splits.Split, splits.Split]:
    """Returns the benchmark's three splits: batches 1 to 4, batch 5, and the test batch.

    Args:
        folder: holds the six batch files; each may have any number of rows.

    Raises:
        DataError: a batch is missing, damaged or malformed.
    """
    missing = [name for name in BATCHES if not (folder / name).is_file()]
    if missing:
        raise DataError(f"{folder}: expected {', '.join(BATCHES)}; missing {', '.join(missing)}")

    def read(name: str) -> Arrays:
        path = folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path}: expected a readable file: {describe(error)}") from error
        return _read_batch(content, str(path))

    return _splits(read)


def read_archive(archive: Path) -> tuple[splits.Split, splits.Split, splits.Split]:
    """Returns the same splits as `read_folder` from the original archive.

    Raises:
        DataError: the archive is damaged, or a batch in it is missing, damaged or malformed.
    """
    batches: dict[str, Arrays] = {}
    try:
        # As a stream: seeking back in a gzip file would decompress it once per batch.
        with gzip.open(archive) as stream, tarfile.open(fileobj=stream, mode="r|") as members:
            for member in members:
                folder, _, name = member.name.removeprefix("./").rpartition("/")
                if folder == FOLDER and name in BATCHES and member.isfile():
                    content = members.extractfile(member).read()
                    batches[name] = _read_batch(content, f"{archive}/{name}")
            # Reads to the end, so that gzip checks the length and checksum of the whole file.
            while stream.read(1 << 20):
                pass
    except _ARCHIVE_DAMAGE as error:
        raise DataError(
            f"{archive}: expected a complete tar.gz archive: {describe(error)}"
        ) from error
    missing = [name for name in BATCHES if name not in batches]
    if missing:
        raise DataError(
            f"{archive}: expected {FOLDER}/ with {', '.join(BATCHES)}; missing {', '.join(missing)}"
        )
    return _splits(batches.__getitem__)


def _splits(
    read: Callable[[str], Arrays],
) -> tuple[splits.Split, splits.Split, splits.Split]:
    def split(names: Sequence[str]) -> splits.Split:
        images, labels = zip(*(read(name) for name in names), strict=True)
        return splits.make_split(np.concatenate(images), np.concatenate(labels))

    return split(TRAIN_BATCHES), split(VALIDATION_BATCHES), split(TEST_BATCHES)


def _read_batch(content: bytes, where: str) -> Arrays:
    """Returns images `(rows, 32, 32, 3)` and labels `(rows,)` of one pickled batch."""
    batch = array_pickles.read_array_pickle(content, where)
    pixels = _entry(batch, "data", where)
    labels = _entry(batch, "labels", where)
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 2:
        raise DataError(
            f"{where}: expected data to be a uint8 array of shape (rows, {_ROW_BYTES}), "
            f"received {_kind(pixels)}"
        )
    if pixels.shape[1] != _ROW_BYTES or len(pixels) == 0:
        raise DataError(
            f"{where}: expected data of shape (rows, {_ROW_BYTES}), received {pixels.shape}"
        )
    labels = _label_array(labels, where)
    if len(labels) != len(pixels):
        raise DataError(
            f"{where}: expected {len(pixels)} labels, one per row of data, received {len(labels)}"
        )
    splits.check_labels(labels, NUM_CLASSES, where)
    # Contiguous here: concatenating transposed views would keep the planar order in memory.
    images = np.ascontiguousarray(pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    return images, labels


def _entry(batch: dict[object, object], key: str, where: str) -> object:
    """Returns an entry whose key Python 2 wrote as bytes, or Python 3 as text."""
    for spelling in (key.encode(), key):
        if spelling in batch:
            return batch[spelling]
    keys = ", ".join(sorted(str(key) for key in batch)) or "none"
    raise DataError(f"{where}: expected the key {key!r}, received keys {keys}")


def _label_array(labels: object, where: str) -> np.ndarray:
    if isinstance(labels, list) and all(type(label) is int for label in labels):
        try:
            return np.array(labels, dtype=np.int64)
        except OverflowError as error:
            raise DataError(f"{where}: expected labels in 0..{NUM_CLASSES - 1}: {error}") from error
    if isinstance(labels, np.ndarray) and labels.ndim == 1 and labels.dtype.kind in "iu":
        return labels.astype(np.int64)
    raise DataError(f"{where}: expected labels to be a list of integers, received {_kind(labels)}")


def _kind(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    return type(value).__name__
