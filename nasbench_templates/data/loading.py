"""Data sets by name: registered ones, and sets of the user's own in a folder.

    from nasbench_templates.data import loading

    mnist = loading.load_dataset("mnist", "/data")
    mnist.train.images.shape  # (55000, 28, 28, 1)

A name that is not registered is looked for in the folder that the user gives: sound clips
(`audio.own_clips`), else images (`images.own_sets`).
"""

import dataclasses
import json
import re
from pathlib import Path

from nasbench_templates.data.audio import own_clips
from nasbench_templates.data.audio.audio_options import AudioOptions
from nasbench_templates.data.core import notes, official
from nasbench_templates.data.core.dataset import Dataset, DatasetInfo, check_no_audio, datasets
from nasbench_templates.data.formats import folders
from nasbench_templates.data.formats.parquet_images import Columns
from nasbench_templates.data.images import own_sets
from nasbench_templates.support import paths
from nasbench_templates.support.errors import ConfigError, DataError, UnknownNameError

# Of sets of the user's own, for messages.
_LAYOUTS = (
    "train/ and test/ with a folder for every class, a folder for every class, "
    "train-*.parquet and test-*.parquet, or a CSV table of audio files"
)
_NAME = re.compile(r"\w[\w.-]*")


def find_info(
    name: str,
    data_dir: str | Path | None,
    image_size: int | None = None,
    audio: AudioOptions | None = None,
    columns: Columns | None = None,
) -> DatasetInfo:
    """Returns what is known of a data set before its images or clips are read.

    Args:
        name: a name in `datasets`, or any other for a set of image files in `data_dir`; see
            the layouts in `images.own_sets` and `audio.own_clips`.
        data_dir: folder that holds the files. Read only for a set whose classes or image size
            depend on the files, and for a name that is not registered.
        image_size: height and width in pixels, for sets whose images may be resized; `None`: the
            set's own.
        audio: choices for sets of audio clips; `None`: the set's own.
        columns: of Parquet shards of your own; `None`: the usual ones.

    Raises:
        UnknownNameError: the name is not registered and the folder holds no such set.
        ConfigError: an image size below 1 or for a set whose images are not resized, or none for
            images of different sizes; choices for audio and a set of images, or such as make no
            features.
        DataError: the folder does not hold such a set.
    """
    if image_size is not None and image_size < 1:
        raise ConfigError(f"expected an image size of at least 1 pixel, received {image_size}")
    audio, columns = audio or AudioOptions(), columns or Columns()
    info = _find(name, _folder(data_dir), image_size, audio, columns)
    options = {
        "image_size": image_size,
        "audio": audio.to_json(),
        "columns": dataclasses.asdict(columns),
    }
    return dataclasses.replace(info, options=json.dumps(options, sort_keys=True))


def _find(
    name: str, folder: Path | None, image_size: int | None, audio: AudioOptions, columns: Columns
) -> DatasetInfo:
    try:
        info = datasets.get(name)
    except UnknownNameError as error:
        own = folder and _find_own(name, folder, image_size, audio, columns)
        if own:
            return own
        raise UnknownNameError(
            f"{error}; images or clips of your own are expected in {folder or '--data_dir'} or a "
            f"subfolder of that name: {_LAYOUTS}"
        ) from error
    if columns != Columns():
        raise ConfigError(
            f"{info.name}: expected no --image_column or --label_column for a known data set; they "
            "are for one of your own, under another name"
        )
    return _adapted(info, folder, image_size, audio)


def _find_own(
    name: str, data_dir: Path, image_size: int | None, audio: AudioOptions, columns: Columns
) -> DatasetInfo | None:
    """Returns what is known of a set of the user's own, `None` where the folder holds none.

    Raises:
        ConfigError: a name that cannot be one of a folder, or choices that the kind of set does not
            have.
        DataError: the folder does not exist, or the set in it is not whole.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"expected a data set's name of letters, digits, _, . and -: {name!r}")
    folders.check_folder(data_dir, name)
    root = data_dir / name if (data_dir / name).is_dir() else data_dir
    if own_clips.holds_clips(root):
        found = own_clips.find_info(name, root, image_size, audio)
        _check_fold(found, audio)
        return found
    own = own_sets.find_images(name, root, image_size, columns)
    if own is not None:
        check_no_audio(name, audio)
    return own


def _adapted(
    info: DatasetInfo, folder: Path | None, image_size: int | None, audio: AudioOptions
) -> DatasetInfo:
    if info.adapt_audio is not None:
        if image_size is not None:
            raise ConfigError(f"{info.name}: expected no image size for audio: {image_size}")
        adapted = info.adapt_audio(folder, audio)
        _check_fold(adapted, audio)
        return adapted
    check_no_audio(info.name, audio)
    if info.adapt is not None:
        return info.adapt(folder, image_size)
    if image_size not in (None, info.input_shape[0]):
        raise ConfigError(
            f"{info.name}: expected no image size, its images are "
            f"{info.input_shape[0]} x {info.input_shape[1]}; received {image_size}"
        )
    return info


def _check_fold(info: DatasetInfo, audio: AudioOptions) -> None:
    if audio.fold is not None and not info.folds:
        raise ConfigError(
            f"{info.name}: expected no --fold, it has no folds (of a set of your own: a table with "
            f"at least 3), received {audio.fold}"
        )


def load_dataset(
    name: str,
    data_dir: str | Path | None,
    image_size: int | None = None,
    audio: AudioOptions | None = None,
    columns: Columns | None = None,
) -> Dataset:
    """Reads a data set.

    Args:
        name: a name in `datasets`, or any other for a set of image files in `data_dir`.
        data_dir: folder that holds the files; with a folder nothing is ever downloaded. `None` lets
            `keras.datasets` find or download them. `digits` is embedded and ignores it.
        image_size: height and width in pixels, for sets whose images may be resized; `None`: the
            set's own.
        audio: choices for sets of audio clips; `None`: the set's own.
        columns: of Parquet shards of your own; `None`: the usual ones.

    Raises:
        UnknownNameError: the name is not registered and the folder holds no such set.
        ConfigError: as `find_info`, or a library for audio is missing.
        DataError: the folder does not exist, or a file is missing, damaged or of another kind; or a
            download failed.

    Example:
        >>> digits = load_dataset("digits", None)
        >>> digits.input_shape, digits.num_classes, digits.num_images
        ((8, 8, 1), 10, (1197, 300, 300))
    """
    return load_found(find_info(name, data_dir, image_size, audio, columns), data_dir)


def load_found(info: DatasetInfo, data_dir: str | Path | None) -> Dataset:
    """Reads the data set that `find_info` found in the same folder, without searching it again.

    What there is to say of the data is logged.

    Raises:
        ConfigError: a library for audio is missing.
        DataError: as `load_dataset`.
    """
    dataset = info.load(_folder(data_dir))
    if (dataset.input_shape, dataset.num_classes) != (info.input_shape, info.num_classes):
        raise DataError(
            f"{info.name}: expected {info.num_classes} classes and images of shape "
            f"{info.input_shape}, received {dataset.num_classes} classes and shape "
            f"{dataset.input_shape}"
        )
    if info.name in datasets:
        found = (*official.check(dataset, datasets.get(info.name)), *dataset.notes)
        dataset = dataclasses.replace(dataset, notes=found)
    notes.log(dataset.name, dataset.notes)
    return dataset


def _folder(data_dir: str | Path | None) -> Path | None:
    return None if data_dir is None else paths.at_home(data_dir)
