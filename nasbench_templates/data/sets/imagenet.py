"""ImageNet (ILSVRC 2012): 1,000 classes of natural images, streamed from their files.

Source: O. Russakovsky et al., arXiv 1409.0575; sizes and statistics as in torchvision's reference
training and Keras' `imagenet_utils` (mode "torch").
"""

import dataclasses
import functools
from pathlib import Path

from nasbench_templates.data.core import dataset, file_search, splits
from nasbench_templates.data.core.file_search import Skipped
from nasbench_templates.data.formats import folders
from nasbench_templates.data.images import folder_sets, image_folders
from nasbench_templates.support.errors import DataError

MEAN = tuple(255 * value for value in (0.485, 0.456, 0.406))
STD = tuple(255 * value for value in (0.229, 0.224, 0.225))
IMAGE_SIZE = 224
# For evaluation the shorter side becomes 256 where 224 are cut out, and as much for other sizes.
RESIZE_RATIO = 256 / 224

_NAME = "imagenet"
_PLACES = (_NAME, "ILSVRC2012", "ILSVRC/Data/CLS-LOC", "")


def load(data_dir: Path | None, image_size: int = IMAGE_SIZE) -> dataset.Dataset:
    """Returns ImageNet: 1,153,051 training, 128,116 validation and 50,000 test images.

    The official test images have no labels, so the official validation images are the test split,
    and one tenth of every class's training images is the validation split. Classes are the names of
    the class folders, so that a part of the data set is a data set. Nothing is held in memory:
    training sees random resized crops, evaluation the centre; see `streaming.StreamedSplit`.

    Args:
        data_dir: folder that holds `train` and `val`, each with a folder for every class, itself or
            in `imagenet`, `ILSVRC2012` or `ILSVRC/Data/CLS-LOC`.
        image_size: height and width of the crops in pixels.

    Raises:
        DataError: no folder is given, a class folder is missing or empty, `val` has no class
            folders, or some files are not images.
    """
    root = _find_root(data_dir)
    classes = image_folders.class_names(root / "train")
    if not image_folders.class_names(root / "val"):
        num_files = file_search.count(root / "val", image_folders.IMAGES)
        raise DataError(
            f"{root / 'val'}: expected a folder for every class, as in train/, found {num_files} "
            "images beside each other; move each into val/CLASS/ by the list of the development kit"
        )
    skipped = Skipped()
    test = image_folders.list_part(root, "val", classes, skipped=skipped)
    training = image_folders.list_part(root, "train", classes, skipped=skipped)
    train, validation = splits.hold_out_stratified(training, root)
    return folder_sets.stream(
        folder_sets.FolderSet(_NAME, classes, train, validation, test, skipped.notes()),
        (image_size, image_size, 3),
        statistics=(MEAN, STD),
        resize_ratio=RESIZE_RATIO,
    )


def _adapt(data_dir: Path | None, image_size: int | None) -> dataset.DatasetInfo:
    """Returns the description with the image size asked for and the classes in the folder."""
    size = image_size or IMAGE_SIZE
    info = dataclasses.replace(
        _INFO, input_shape=(size, size, 3), load=functools.partial(load, image_size=size)
    )
    if data_dir is None:
        return info
    num_classes = len(image_folders.class_names(_find_root(data_dir) / "train"))
    split_sizes = _INFO.split_sizes if num_classes == _INFO.num_classes else None
    return dataclasses.replace(info, num_classes=num_classes, split_sizes=split_sizes)


def _find_root(data_dir: Path | None) -> Path:
    data_dir = folders.required(data_dir, _NAME)
    places = [data_dir / place for place in _PLACES]
    for place in places:
        if image_folders.class_names(place / "train") and (place / "val").is_dir():
            return place
    raise folders.not_found(_NAME, "train/ and val/ with a folder for every class", places)


_INFO = dataset.datasets.register(
    _NAME,
    dataset.DatasetInfo(
        name=_NAME,
        subject="natural images",
        input_shape=(IMAGE_SIZE, IMAGE_SIZE, 3),
        num_classes=1000,
        load=load,
        split_sizes=(1_153_051, 128_116, 50_000),
        adapt=_adapt,
        is_streamed=True,
    ),
)
