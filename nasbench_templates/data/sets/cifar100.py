"""CIFAR-100: natural images, colour, 32 x 32, with the 100 fine labels.

Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. Mean and
deviation are the constants in common use: those of all 50,000 training images, rounded.
"""

from pathlib import Path

from nasbench_templates.data.core import dataset, splits
from nasbench_templates.data.formats import cifar_batches
from nasbench_templates.data.images import cifar_family

# In the order of the labels, which is that of the alphabet.
_NAMES = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle
bowl boy bridge bus butterfly camel can castle caterpillar cattle
chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur
dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain
mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree
plain plate poppy porcupine possum rabbit raccoon ray road rocket
rose sea seal shark shrew skunk skyscraper snail snake spider
squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""
CLASSES = tuple(_NAMES.split())
MEAN = (129.3, 124.1, 112.4)
STD = (68.2, 65.4, 70.4)


def load(data_dir: Path | None) -> dataset.Dataset:
    """Returns CIFAR-100: 45,000 training, 5,000 validation and 10,000 test images.

    Every tenth training image, 50 of each class, is for validation. The statistics are the
    published ones, so that a part of the data is normalised as the whole.

    Args:
        data_dir: folder to search, see `cifar_family.load`, or `None` for `keras.datasets`.

    Raises:
        DataError: a file is missing, damaged or of another kind, or a download failed.
    """
    cifar = cifar_family.CifarSet(
        name="cifar100",
        layout=cifar_batches.CIFAR100,
        label_columns=("fine_label", "fine_labels"),
        classes=CLASSES,
        statistics=(MEAN, STD),
        hold_out=splits.hold_out_stratified,
    )
    return cifar_family.load(cifar, data_dir)


dataset.datasets.register(
    "cifar100",
    dataset.DatasetInfo(
        name="cifar100",
        subject="natural images",
        input_shape=cifar_family.IMAGE_SHAPE,
        num_classes=len(CLASSES),
        load=load,
        split_sizes=(45_000, 5_000, 10_000),
    ),
)
