"""CINIC-10: the classes of CIFAR-10, from CIFAR-10 and from ImageNet scaled to 32 x 32.

Source: Darlow, Crowley, Antoniou and Storkey, arXiv 1810.03505; constants:
github.com/BayesWatch/cinic-10, README, "Data loading".
"""

from pathlib import Path

from nasbench_templates.data.core import dataset, splits
from nasbench_templates.data.core.file_search import Skipped
from nasbench_templates.data.formats import folders
from nasbench_templates.data.images import folder_sets, image_folders
from nasbench_templates.data.sets import cifar10

MEAN = tuple(255 * value for value in (0.47889522, 0.47227842, 0.43047404))
STD = tuple(255 * value for value in (0.24205776, 0.23828046, 0.25874835))

_NAME = "cinic10"
_SHAPE = (32, 32, 3)
# Train, validation and test.
_PARTS = ("train", "valid", "test")


def load(data_dir: Path | None) -> dataset.Dataset:
    """Returns CINIC-10: 90,000 training, 90,000 validation and 90,000 test images.

    The splits are its authors', and so are the statistics: a part of the data is normalised as the
    whole.

    Args:
        data_dir: folder that holds `train`, `valid` and `test`, each with ten class folders, itself
            or in `cinic10` or `CINIC-10`.

    Raises:
        DataError: no folder is given, or a class folder is missing or empty, or some files are not
            images of 32 x 32 pixels.
    """
    data_dir = folders.required(data_dir, _NAME)
    places = (data_dir / _NAME, data_dir / "CINIC-10", data_dir)
    root = next((place for place in places if (place / "valid").is_dir()), None)
    if root is None:
        expected = "train/, valid/ and test/ of the unpacked CINIC-10.tar.gz"
        raise folders.not_found(_NAME, expected, places)
    skipped = Skipped()
    parts = splits.of_each(
        lambda part: image_folders.list_part(root, part, cifar10.CLASSES, skipped=skipped), _PARTS
    )
    folder_set = folder_sets.FolderSet(_NAME, cifar10.CLASSES, *parts, skipped.notes())
    return folder_sets.load(folder_set, _SHAPE, statistics=(MEAN, STD))


dataset.datasets.register(
    _NAME,
    dataset.DatasetInfo(
        name=_NAME,
        subject="natural images",
        input_shape=_SHAPE,
        num_classes=len(cifar10.CLASSES),
        load=load,
        split_sizes=(90_000, 90_000, 90_000),
    ),
)
