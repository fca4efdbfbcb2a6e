"""MNIST: handwritten digits, grey, 28 x 28.

Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86(11), 1998.
"""

from pathlib import Path

from nasbench_templates.data.core import dataset
from nasbench_templates.data.images import mnist_family

# Of the data set as split here, from the four files with the published MD5 sums (train images
# f68b3c2d..., train labels d53e105e..., test images 9fb629c4..., test labels ec29112d...; source:
# pytorch/vision, `torchvision/datasets/mnist.py`).
OFFICIAL_CHECKSUM = "5a6ae039d56a35161240ab81f0814e923be7b600ad30f01b34b3404ce2b0223a"


def load(data_dir: Path | None) -> dataset.Dataset:
    """Returns MNIST: 55,000 training, 5,000 validation and 10,000 test images.

    Raises:
        DataError: a file is missing, damaged or of another kind, or a download failed.
    """
    return mnist_family.load("mnist", "MNIST", tuple("0123456789"), data_dir)


dataset.datasets.register(
    "mnist",
    dataset.DatasetInfo(
        name="mnist",
        subject="handwritten digits",
        input_shape=(28, 28, 1),
        num_classes=10,
        load=load,
        split_sizes=(55_000, 5_000, 10_000),
        official_checksum=OFFICIAL_CHECKSUM,
    ),
)
