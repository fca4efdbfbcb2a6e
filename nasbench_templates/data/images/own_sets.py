"""Sets of the user's own images: any name that is not registered, and a folder.

The folder, or its subfolder of that name, holds one of

- `train/` and `test/`, perhaps `val/`, `valid/` or `validation/`, each with a folder for every
  class;
- a folder for every class;
- Parquet shards `train-*.parquet` and so on, with encoded images and numbered labels.

The endings of the files in the class folders decide between images and audio (`audio.own_clips`).

Without a test part the validation part is the test split; without either, one tenth of every class
is. Without a validation part for itself, one tenth of every class of the rest is the validation
split. Which images these are never changes.
"""

import functools
import math
from collections.abc import Callable
from pathlib import Path

from nasbench_templates.data.core import arrangement, dataset, file_search, splits
from nasbench_templates.data.core.notes import Note
from nasbench_templates.data.formats import parquet_images
from nasbench_templates.data.formats.parquet_images import Columns
from nasbench_templates.data.images import folder_sets, image_decoding, image_folders, image_headers
from nasbench_templates.data.images.image_census import Census
from nasbench_templates.support.errors import ConfigError

# Decoded images beyond this are streamed from their files.
MEMORY_LIMIT_BYTES = 1 << 30

_Stored = tuple[parquet_images.EncodedPart, parquet_images.EncodedPart, parquet_images.EncodedPart]
_Shape = tuple[int, int, int]


def find_images(
    name: str, root: Path, image_size: int | None, columns: Columns
) -> dataset.DatasetInfo | None:
    """Returns what is known of a set of images after a look at the headers of its files.

    `None` means that the folder holds nothing of the kind.

    The images have one channel if all of them are grey, else three. They are held in memory up to
    `MEMORY_LIMIT_BYTES`; more are streamed from their files, with random resized crops in training.

    Args:
        name: what the set is called.
        root: the set's own folder.
        image_size: height and width in pixels, to which images are scaled and cut; `None`: the size
            that all images have.
        columns: of Parquet shards.

    Raises:
        ConfigError: the images differ in size and no size is given, or columns are chosen and there
            are no shards.
        DataError: a class folder is missing or empty, a shard is damaged, some files are not
            images, or there are too few of them.
    """
    if shards := parquet_images.find_folder([root]):
        return _parquet_info(name, shards, image_size, columns)
    if image_folders.class_names(root / "train") or _holds_class_folders(root):
        if columns != Columns():
            raise ConfigError(f"{name}: expected Parquet shards for --image_column, found folders")
        return _folder_info(name, root, image_size)
    return None


def _holds_class_folders(root: Path) -> bool:
    # Most of them: a class folder that is empty by mistake is reported as such later, and a folder
    # of many data sets, searched for a misspelled name, is not taken for one.
    names = image_folders.class_names(root)
    num_filled = sum(
        file_search.holds(root / name, image_folders.IMAGES)
        # With parts of its own it is a data set, or the parts lie below the classes.
        and not image_folders.part_names(image_folders.class_names(root / name))
        for name in names
    )
    return 2 * num_filled > len(names)


def _shape(name: str, census: Census, image_size: int | None) -> _Shape:
    channels = 1 if census.is_grey else 3
    if image_size is not None:
        return image_size, image_size, channels
    if census.size is None:
        sizes = ", ".join(f"{height} x {width}" for height, width in sorted(census.sizes)[:3])
        raise ConfigError(
            f"{name}: expected --image_size=PIXELS for images of different sizes, "
            f"received some of {sizes}"
        )
    return *census.size, channels


def _info(
    name: str,
    shape: _Shape,
    num_classes: int,
    load: Callable[[Path | None], dataset.Dataset],
    parts: tuple[splits.Rows, splits.Rows, splits.Rows],
) -> dataset.DatasetInfo:
    sizes = splits.of_each(lambda part: part.num_images, parts)
    return dataset.DatasetInfo(
        name, "images of your own", shape, num_classes, load, num_images=sizes
    )


def _folder_info(name: str, root: Path, image_size: int | None) -> dataset.DatasetInfo:
    folder_set = folder_sets.find(name, root)
    census = image_headers.check(folder_set.files)
    shape = _shape(name, census, image_size)
    load = functools.partial(_load_folder, folder_set, shape)
    return _info(name, shape, len(folder_set.classes), load, folder_set.parts)


def _load_folder(
    folder_set: folder_sets.FolderSet, shape: _Shape, data_dir: Path | None
) -> dataset.Dataset:
    del data_dir  # the files are listed already
    if folder_set.files.num_images * math.prod(shape) > MEMORY_LIMIT_BYTES:
        return folder_sets.stream(folder_set, shape)
    return folder_sets.load(folder_set, shape, is_resized=True)


def _parquet_info(
    name: str, folder: Path, image_size: int | None, columns: Columns
) -> dataset.DatasetInfo:
    parts, classes, _ = _read_parquet(folder, columns)
    census = Census()
    for part in parts:
        census.merge(image_decoding.take_census(part.encoded))
    shape = _shape(name, census, image_size)
    load = functools.partial(_load_parquet, name, folder, shape, columns)
    return _info(name, shape, len(classes), load, parts)


def _load_parquet(
    name: str, folder: Path, shape: _Shape, columns: Columns, data_dir: Path | None
) -> dataset.Dataset:
    del data_dir  # the shards are found already
    stored, classes, remarks = _read_parquet(folder, columns)
    census = Census()

    def decode(part: parquet_images.EncodedPart) -> splits.Split:
        images, part_census = image_decoding.decode(part.encoded, shape, is_resized=True)
        census.merge(part_census)
        return splits.make_split(images, part.labels)

    parts = splits.of_each(decode, stored)
    return dataset.make_dataset(
        name,
        classes,
        parts,
        parquet_images.describe_source(census),
        notes=(*remarks, *census.notes(shape[-1])),
        places=[part.encoded.places for part in stored],
    )


def _read_parquet(
    folder: Path, columns: Columns
) -> tuple[_Stored, tuple[str, ...], tuple[Note, ...]]:
    """Returns train, validation and test, not decoded, the class names and what to say of them."""
    has = functools.partial(parquet_images.has_part, folder)
    names = [name for name in ("train", *arrangement.VALIDATION_NAMES, "test") if has(name)]
    usual = parquet_images.IMAGE_COLUMNS, parquet_images.LABEL_COLUMNS
    chosen = columns.image, columns.label
    wanted = [(own,) if own else default for own, default in zip(chosen, usual, strict=True)]
    if "train" not in names:
        parquet_images.complete_shards(folder, "train")  # says what is missing
    stored = parquet_images.read_parts(folder, names, *wanted)
    parts = arrangement.arrange(folder, has, stored.parts.__getitem__)
    num_labels = 1 + max(int(part.labels.max()) for part in parts)
    classes = stored.classes or tuple(map(str, range(num_labels)))
    return parts, classes, (*arrangement.remarks(has), *stored.notes)
