"""Reads CIFAR-10 and CIFAR-100 in their original form: pickles, in a folder or its `.tar.gz`.

Each pickle holds one row of 3,072 bytes per image: the red, the green, then the blue plane. The
archive is read without being unpacked, and pickles only through `array_pickles`.

Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Dataset layout, Python / Matlab versions";
checksums of the files in the archives: pytorch/vision, `torchvision/datasets/cifar.py`.
"""

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_templates.data.core import notes, splits
from nasbench_templates.data.core.notes import Note
from nasbench_templates.data.formats import array_pickles, folders
from nasbench_templates.support.errors import DataError, describe

_ROW_BYTES = 3 * 32 * 32
_ARCHIVE_DAMAGE = (OSError, EOFError, tarfile.TarError, zlib.error)


@dataclass(frozen=True, slots=True, eq=False)
class OriginalParts:
    """The official parts of a data set in its original form.

    Attributes:
        train: official training part.
        test: official test part.
        notes: whether the files are the official ones.
    """

    train: splits.Split
    test: splits.Split
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of the files of one of the two data sets.

    Attributes:
        folder: that the archive unpacks to.
        archive: as published.
        train_files: in the order of their images.
        test_file: its name.
        label_key: entry of a pickle that holds the labels.
        num_classes: labels are below it.
        md5: of the official files, by name.
    """

    folder: str
    archive: str
    train_files: tuple[str, ...]
    test_file: str
    label_key: str
    num_classes: int
    md5: Mapping[str, str]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of all files."""
        return (*self.train_files, self.test_file)


CIFAR10 = Layout(
    folder="cifar-10-batches-py",
    archive="cifar-10-python.tar.gz",
    train_files=tuple(f"data_batch_{number}" for number in range(1, 6)),
    test_file="test_batch",
    label_key="labels",
    num_classes=10,
    md5={
        "data_batch_1": "c99cafc152244af753f735de768cd75f",
        "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "634d18415352ddfa80567beed471001a",
        "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "40351d587109b95175f43aff81a1287e",
    },
)
CIFAR100 = Layout(
    folder="cifar-100-python",
    archive="cifar-100-python.tar.gz",
    train_files=("train",),
    test_file="test",
    label_key="fine_labels",
    num_classes=100,
    md5={
        "train": "16019d7e3df5f24257cddd939b257f8d",
        "test": "f0ef6b0ae62326f3e7ffdfab6717acfc",
    },
)


def find_folder(layout: Layout, places: Sequence[Path]) -> Path | None:
    """Returns the first of `places`, or of their `layout.folder`, that holds one of the files."""
    for place in places:
        for folder in folders.existing((place / layout.folder, place)):
            if folders.first_file(folder, layout.files):
                return folder
    return None


def find_archive(layout: Layout, places: Sequence[Path]) -> Path | None:
    """Returns the first original archive in one of `places`, or `None`."""
    archives = (place / layout.archive for place in places)
    return next((archive for archive in archives if archive.is_file()), None)


def read_folder(layout: Layout, folder: Path) -> OriginalParts:
    """Returns the official training and test part.

    Args:
        layout: of the data set.
        folder: holds all files of the layout; each may have any number of rows.

    Raises:
        DataError: a file is missing, damaged or malformed.
    """
    missing = [name for name in layout.files if not (folder / name).is_file()]
    if missing:
        raise DataError(
            f"{folder}: expected {', '.join(layout.files)}; missing {', '.join(missing)}"
        )

    def read(name: str) -> _Batch:
        path = folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path}: expected a readable file: {describe(error)}") from error
        return _read_batch(layout, content, str(path))

    return _parts(layout, read)


def read_archive(layout: Layout, archive: Path) -> OriginalParts:
    """Returns the same parts as `read_folder` from the original archive.

    Raises:
        DataError: the archive is damaged, or a file in it is missing, damaged or malformed.
    """
    batches: dict[str, _Batch] = {}
    try:
        # As a stream: seeking back in a gzip file would decompress it once per batch.
        with gzip.open(archive) as stream, tarfile.open(fileobj=stream, mode="r|") as members:
            for member in members:
                folder, _, name = member.name.removeprefix("./").rpartition("/")
                if folder == layout.folder and name in layout.files and member.isfile():
                    opened = members.extractfile(member)
                    if opened is not None:  # `None` for what is no file
                        content = opened.read()
                        batches[name] = _read_batch(layout, content, f"{archive}/{name}")
            # Reads to the end, so that gzip checks the length and checksum of the whole file.
            while stream.read(1 << 20):
                pass
    except _ARCHIVE_DAMAGE as error:
        raise DataError(
            f"{archive}: expected a complete tar.gz archive: {describe(error)}"
        ) from error
    missing = [name for name in layout.files if name not in batches]
    if missing:
        raise DataError(
            f"{archive}: expected {layout.folder}/ with {', '.join(layout.files)}; "
            f"missing {', '.join(missing)}"
        )
    return _parts(layout, batches.__getitem__)


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """One file: images `(rows, 32, 32, 3)`, labels `(rows,)`, and the checksum of the file."""

    images: np.ndarray
    labels: np.ndarray
    md5: str


def _parts(layout: Layout, read: Callable[[str], _Batch]) -> OriginalParts:
    batches = {name: read(name) for name in layout.files}
    others = [name for name, batch in batches.items() if batch.md5 != layout.md5[name]]
    if others:
        text = f"{len(others)} of {len(batches)} files are not the official ones: "
        note = Note(notes.OFFICIAL, len(others), text + notes.shorten(others), tuple(others))
    else:
        note = Note(notes.OFFICIAL, 0, "the official files", is_expected=True)
    train = [batches[name] for name in layout.train_files]
    test = batches[layout.test_file]
    return OriginalParts(
        splits.make_split(
            np.concatenate([batch.images for batch in train]),
            np.concatenate([batch.labels for batch in train]),
        ),
        splits.make_split(test.images, test.labels),
        (note,),
    )


def _read_batch(layout: Layout, content: bytes, where: str) -> _Batch:
    """Returns what one pickled batch holds."""
    batch = array_pickles.read_array_pickle(content, where)
    pixels = _entry(batch, "data", where)
    labels = _entry(batch, layout.label_key, where)
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.ndim != 2:
        raise DataError(
            f"{where}: expected data to be a uint8 array of shape (rows, {_ROW_BYTES}), "
            f"received {_kind(pixels)}"
        )
    if pixels.shape[1] != _ROW_BYTES or len(pixels) == 0:
        raise DataError(
            f"{where}: expected data of shape (rows, {_ROW_BYTES}), received {pixels.shape}"
        )
    labels = _label_array(labels, layout.num_classes, where)
    if len(labels) != len(pixels):
        raise DataError(
            f"{where}: expected {len(pixels)} labels, one per row of data, received {len(labels)}"
        )
    splits.check_labels(labels, layout.num_classes, where)
    # Contiguous here: concatenating transposed views would keep the planar order in memory.
    images = np.ascontiguousarray(pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    return _Batch(images, labels, hashlib.md5(content, usedforsecurity=False).hexdigest())


def _entry(batch: dict[object, object], key: str, where: str) -> object:
    """Returns an entry whose key Python 2 wrote as bytes, or Python 3 as text."""
    for spelling in (key.encode(), key):
        if spelling in batch:
            return batch[spelling]
    keys = ", ".join(sorted(str(key) for key in batch)) or "none"
    raise DataError(f"{where}: expected the key {key!r}, received keys {keys}")


def _label_array(labels: object, num_classes: int, where: str) -> np.ndarray:
    if isinstance(labels, list) and all(type(label) is int for label in labels):
        try:
            return np.array(labels, dtype=np.int64)
        except OverflowError as error:
            raise DataError(f"{where}: expected labels in 0..{num_classes - 1}: {error}") from error
    if isinstance(labels, np.ndarray) and labels.ndim == 1 and labels.dtype.kind in "iu":
        return labels.astype(np.int64)
    raise DataError(f"{where}: expected labels to be a list of integers, received {_kind(labels)}")


def _kind(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    return type(value).__name__
