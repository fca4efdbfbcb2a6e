"""Fashion-MNIST: photographs of clothing, grey, 28 x 28.

Source: Xiao, Rasul and Vollgraf, arXiv 1708.07747.
"""

from pathlib import Path

from nasbench_templates.data.core import dataset
from nasbench_templates.data.images import mnist_family

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

# Of the data set as split here, from the four files with the published MD5 sums (train images
# 8d4fb7e6..., train labels 25c81989..., test images bef4ecab..., test labels bb300cfd...; source:
# github.com/zalandoresearch/fashion-mnist, README, "Get the Data").
OFFICIAL_CHECKSUM = "8ee7a332f0a2e4b3342e8c73b9f543bce66d2f266447486a3d04d06991ac3f54"


def load(data_dir: Path | None) -> dataset.Dataset:
    """Returns Fashion-MNIST: 55,000 training, 5,000 validation and 10,000 test images.

    Raises:
        DataError: a file is missing, damaged or of another kind, or a download failed.
    """
    return mnist_family.load("fashion_mnist", "FashionMNIST", CLASSES, data_dir)


dataset.datasets.register(
    "fashion_mnist",
    dataset.DatasetInfo(
        name="fashion_mnist",
        subject="clothing",
        input_shape=(28, 28, 1),
        num_classes=10,
        load=load,
        split_sizes=(55_000, 5_000, 10_000),
        official_checksum=OFFICIAL_CHECKSUM,
    ),
)
