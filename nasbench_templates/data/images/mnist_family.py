"""Loads data sets in the files of MNIST: 28 x 28 grey images in four IDX files.

MNIST and Fashion-MNIST have the same file names, so a folder that holds the files directly is
believed to be the data set that was asked for; a subfolder with the name of the data set is
preferred. The last 5,000 training images are the validation split.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nasbench_templates.data.core import dataset, splits
from nasbench_templates.data.formats import folders, idx_files, keras_files
from nasbench_templates.support.errors import DataError

VALIDATION_IMAGES = 5000
_PARTS = {"train": "training", "t10k": "test"}


def load(
    name: str, torchvision_name: str, classes: Sequence[str], data_dir: Path | None
) -> dataset.Dataset:
    """Returns a data set of the MNIST family.

    Args:
        name: registered name, also that of the subfolder and of the module in `keras.datasets`.
        torchvision_name: folder that torchvision keeps the files in (there in `raw`).
        classes: class names by label.
        data_dir: folder to search, or `None` for `keras.datasets`.

    Raises:
        DataError: a file is missing, damaged or of another kind, or a download failed.
    """
    if data_dir is None:
        source = "keras.datasets"
        train, test = keras_files.fetch(name, channels=1)
    else:
        source = "idx files"
        folder = find_folder(name, torchvision_name, data_dir)
        train, test = (_read_part(folder, part) for part in _PARTS)
    where = f"{name} from {source}"
    try:
        whole, tested = splits.make_split(*train), splits.make_split(*test)
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
    parts = (*splits.hold_out_last(whole, VALIDATION_IMAGES, where), tested)
    return dataset.make_dataset(name, classes, parts, source)


def find_folder(name: str, torchvision_name: str, data_dir: Path) -> Path:
    """Returns the folder below `data_dir` that holds at least one of the four files.

    Looks in `data_dir/<name>`, in torchvision's `data_dir/<torchvision_name>/raw`, and in
    `data_dir` itself unless `data_dir/<name>` exists: files that lie beside a folder of that name
    are likely those of another data set.

    Raises:
        DataError: `data_dir` is not a folder, or none of the places holds one of the files.
    """
    folders.check_folder(data_dir, name)
    own = data_dir / name
    places = [own, data_dir / torchvision_name / "raw"]
    if not own.is_dir():
        places.append(data_dir)
    for folder in folders.existing(places):
        if any(folders.first_file(folder, names) for names in _file_names().values()):
            return folder
    expected = ", ".join(names[0] for names in _file_names().values())
    raise folders.not_found(name, f"{expected} (.gz or plain)", places)


def _file_names() -> dict[tuple[str, str], tuple[str, ...]]:
    """Returns the accepted file names by part and content, the usual one first."""
    return {
        (part, content): tuple(
            f"{part}-{content}{separator}idx{dimensions}-ubyte{suffix}"
            for separator in "-."
            for suffix in (".gz", "")
        )
        for part in _PARTS
        for content, dimensions in (("images", 3), ("labels", 1))
    }


def _read_part(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    images = idx_files.read_idx(_find(folder, part, "images"), dimensions=3)
    labels_path = _find(folder, part, "labels")
    labels = idx_files.read_idx(labels_path, dimensions=1)
    if len(images) != len(labels):
        raise DataError(
            f"{labels_path}: expected {len(images)} {_PARTS[part]} labels, one per image, "
            f"received {len(labels)}"
        )
    return images[..., np.newaxis], labels


def _find(folder: Path, part: str, content: str) -> Path:
    names = _file_names()[part, content]
    path = folders.first_file(folder, names)
    if path is None:
        raise DataError(f"{folder}: expected {names[0]} or {names[1]}, found neither")
    return path
