"""CIFAR-10: natural images, colour, 32 x 32, split and normalised as in NAS-Bench-101.

Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009; split and
constants: google-research/nasbench, `nasbench/lib/cifar.py` (arXiv 1902.09635).
"""

from pathlib import Path

from nasbench_templates.data.core import dataset, splits
from nasbench_templates.data.formats import cifar_batches, parquet_images
from nasbench_templates.data.images import cifar_family

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
MEAN = (125.31, 122.95, 113.87)
STD = (62.99, 62.09, 66.70)


def load(data_dir: Path | None) -> dataset.Dataset:
    """Returns CIFAR-10: 40,000 training, 10,000 validation and 10,000 test images.

    The last fifth of the training images is for validation; in the original order that is batch 5,
    as in the benchmark.

    Args:
        data_dir: folder to search, see `cifar_family.load`, or `None` for `keras.datasets`.

    Raises:
        DataError: a file is missing, damaged or of another kind, or a download failed.
    """
    cifar = cifar_family.CifarSet(
        name="cifar10",
        layout=cifar_batches.CIFAR10,
        label_columns=parquet_images.LABEL_COLUMNS,
        classes=CLASSES,
        statistics=(MEAN, STD),
        hold_out=lambda train, where: splits.hold_out_last(train, train.num_images // 5, where),
    )
    return cifar_family.load(cifar, data_dir)


dataset.datasets.register(
    "cifar10",
    dataset.DatasetInfo(
        name="cifar10",
        subject="natural images",
        input_shape=cifar_family.IMAGE_SHAPE,
        num_classes=len(CLASSES),
        load=load,
        split_sizes=(40_000, 10_000, 10_000),
    ),
)
