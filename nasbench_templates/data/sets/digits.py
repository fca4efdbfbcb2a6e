"""The 8 x 8 digits that scikit-learn ships: real data that need neither a download nor a folder.

Source: the test part of E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI
Machine Learning Repository, 1998, as in `sklearn.datasets.load_digits`.
"""

from pathlib import Path

import numpy as np

from nasbench_templates.data.core import dataset, splits

VALIDATION_IMAGES = 300
TEST_IMAGES = 300
_SPLIT_SEED = 0


def load(data_dir: Path | None) -> dataset.Dataset:
    """Returns the digits: 1,197 training, 300 validation and 300 test images, stratified by class.

    Pixels keep their values 0..16. The split is fixed: no run's seed changes it.

    Args:
        data_dir: ignored, the images are embedded in scikit-learn.
    """
    del data_dir
    from sklearn import datasets as sklearn_datasets
    from sklearn import model_selection

    digits = sklearn_datasets.load_digits()
    images = digits.images.astype(np.uint8)[..., np.newaxis]
    labels = digits.target

    def split_off(rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        rest, taken = model_selection.train_test_split(
            rows, test_size=count, random_state=_SPLIT_SEED, stratify=labels[rows]
        )
        return rest, taken

    rest, test = split_off(np.arange(len(labels)), TEST_IMAGES)
    train, validation = split_off(rest, VALIDATION_IMAGES)

    def part(rows: np.ndarray) -> splits.Split:
        return splits.make_split(images[rows], labels[rows])

    parts = (part(train), part(validation), part(test))
    return dataset.make_dataset("digits", tuple("0123456789"), parts, "scikit-learn digits")


dataset.datasets.register(
    "digits",
    dataset.DatasetInfo(
        name="digits",
        subject="handwritten digits embedded in scikit-learn",
        input_shape=(8, 8, 1),
        num_classes=10,
        load=load,
        split_sizes=(1197, 300, 300),
    ),
)
