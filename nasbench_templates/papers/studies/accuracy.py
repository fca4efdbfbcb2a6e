r"""Tables 2 and 3 and figures 3 and 4 of "The Myth of the Pyramid": accuracy on six data sets.

VGG-19, ResNet-50, MobileNetV2 and MnasNet under base and a to e, three seeds, all training images
(validation included, but CINIC-10's own) and the paper's recipes. Ends in results.md, results.csv
and results.json and a figure of accuracy against parameters, memory and inference time. Interrupt
it at any time: the same command goes on where it stopped.

  nasbench-templates study accuracy --data_dir=DIR
  nasbench-templates study accuracy --scale=small --data_dir=fashion_mnist=DIR
  nasbench-templates study accuracy --scale=small --networks=resnet50 --data_dir=fashion_mnist=DIR
  nasbench-templates study accuracy --scale=small --dry_run
"""

from collections.abc import Sequence
from fractions import Fraction

from nasbench_templates.papers import figure_panels, paper_networks, registered
from nasbench_templates.papers.registered import Trained
from nasbench_templates.papers.study import (
    FULL,
    SMALL_RATE,
    SMALL_RATE_REDUCTION,
    StudyData,
    StudyRun,
    TrainingStudy,
    grid_runs,
)
from nasbench_templates.training import recipes

# Data set -> recipe, in the order of the tables' columns.
RECIPES = {
    "mnist": "myth_mnist",
    "fashion_mnist": "myth_mnist",
    "cifar10": "myth_cifar",
    "cifar100": "myth_cifar",
    "cinic10": "myth_cifar",
    "tiny_imagenet": "myth_tiny_imagenet",
}
# Its validation images are a third part of their own that the paper does not train on.
OWN_VALIDATION = ("cinic10",)
SMALL_SET, SMALL_EPOCHS, SMALL_BATCH = "fashion_mnist", 3, 32
SMALL_IMAGES, SMALL_TEST_IMAGES = 2000, 5000
SMALL_WIDTHS = {
    "vgg19": Fraction(1, 8),
    "resnet50": Fraction(1, 8),
    "mobilenet_v2": Fraction(1, 4),
    "mnasnet_b1": Fraction(1, 4),
}
SMALL_DEFAULT = ("vgg19", "mobilenet_v2")
NOTES = {
    "vgg19 fashion_mnist": "VGG-19 needs 32x32, so images of 28x28 are padded with zeros; the "
    "paper does not say what it did.",
    "mnist": "The paper says 50,000 training images for MNIST and Fashion-MNIST, which have "
    "60,000; all 60,000 are trained on.",
    "cinic10": "CINIC-10 trains on 90,000 images and is tested on 90,000, as in the paper; its "
    "validation part is left out.",
    "tiny_imagenet": "Tiny-ImageNet: weight decay 1e-4, the printed 1e-1 cannot be meant.",
}


def make_study(scale: str, seeds: Sequence[int]) -> TrainingStudy:
    """Returns the study for a scale and seeds."""
    is_full = scale == FULL
    reductions = () if is_full else (
        f"{SMALL_SET} only, {SMALL_IMAGES} training and {SMALL_TEST_IMAGES} test images, "
        f"{SMALL_EPOCHS} epochs in batches of {SMALL_BATCH}",
        "VGG-19 and ResNet-50 at an eighth, MobileNetV2 and MnasNet at a quarter of the widths, "
        "templates matched to these bases",
        SMALL_RATE_REDUCTION,
    )  # fmt: skip
    return TrainingStudy(
        "accuracy",
        "The Myth of the Pyramid, tables 2 and 3: accuracy",
        scale,
        tuple(_full_runs(seeds) if is_full else _small_runs(seeds)),
        reductions,
        published=(("myth", "2"), ("myth", "3")),
        notes=NOTES,
        default_networks=() if is_full else SMALL_DEFAULT,
    )


def _full_runs(seeds: Sequence[int]) -> list[StudyRun]:
    return [
        run
        for name, recipe in RECIPES.items()
        for run in grid_runs(
            paper_networks.classifier,
            paper_networks.CLASSIFIERS,
            paper_networks.TEMPLATES,
            StudyData(name, is_validation_trained_on=name not in OWN_VALIDATION),
            recipes.recipes.get(recipe).config(),
            seeds,
        )
    ]


def _small_runs(seeds: Sequence[int]) -> list[StudyRun]:
    config = recipes.recipes.get(RECIPES[SMALL_SET]).config(
        epochs=SMALL_EPOCHS, batch_size=SMALL_BATCH, **SMALL_RATE
    )
    data = StudyData(SMALL_SET, SMALL_IMAGES, SMALL_TEST_IMAGES)
    return [
        run
        for model, width in SMALL_WIDTHS.items()
        for run in grid_runs(
            paper_networks.classifier,
            [model],
            paper_networks.TEMPLATES,
            data,
            config,
            seeds,
            width_multiplier=width,
        )
    ]


registered.study("accuracy", __doc__, Trained(make_study, figure_panels.draw_accuracy))
