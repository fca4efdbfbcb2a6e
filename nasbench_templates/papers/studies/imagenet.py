r"""Table 4 of "The Myth of the Pyramid": VGG-19 and ResNet-50 on ImageNet at 224x224.

Parameters and MACs of all networks are exact and complete without any data (--dry_run); training
needs ImageNet's folders. At small scale Tiny-ImageNet stands in, with narrow networks. Interrupt it
at any time: the same command goes on where it stopped.

  nasbench-templates study imagenet --dry_run
  nasbench-templates study imagenet --data_dir=imagenet=DIR
  nasbench-templates study imagenet --scale=small --data_dir=tiny_imagenet=DIR
"""

from collections.abc import Sequence
from fractions import Fraction

from nasbench_templates.papers import (
    accuracy_tables,
    count_tables,
    figure_panels,
    paper_networks,
    registered,
)
from nasbench_templates.papers.published import Figures
from nasbench_templates.papers.registered import Trained
from nasbench_templates.papers.study import (
    FULL,
    SMALL_RATE,
    SMALL_RATE_REDUCTION,
    StudyData,
    TrainingStudy,
    grid_runs,
)
from nasbench_templates.report.result_tables import ResultTable
from nasbench_templates.training import recipes

MODELS = ("vgg19", "resnet50")
SMALL_SET, SMALL_EPOCHS, SMALL_BATCH, SMALL_WIDTH = "tiny_imagenet", 4, 16, Fraction(1, 8)
SMALL_IMAGES = 200
NOTES = {
    "": "Weight decay 1e-4: with the printed 1e-1 nothing trains at a rate of 0.1. Published "
    "accuracies are of ImageNet.",
}


def make_study(scale: str, seeds: Sequence[int]) -> TrainingStudy:
    """Returns the study for a scale and seeds."""
    is_full = scale == FULL
    if is_full:
        data = StudyData("imagenet")  # all 1,281,167 training images, tested on the 50,000
        config = recipes.recipes.get("myth_imagenet").config()
    else:
        data = StudyData(SMALL_SET, SMALL_IMAGES)
        config = recipes.recipes.get("myth_tiny_imagenet").config(
            epochs=SMALL_EPOCHS, batch_size=SMALL_BATCH, **SMALL_RATE
        )
    width = None if is_full else SMALL_WIDTH
    runs = grid_runs(
        paper_networks.classifier,
        MODELS,
        paper_networks.TEMPLATES,
        data,
        config,
        seeds,
        width_multiplier=width,
    )
    reductions = () if is_full else (
        "Tiny-ImageNet (64x64) in place of ImageNet, as many of 200 classes as the files hold, at "
        f"most {SMALL_IMAGES} training images, {SMALL_EPOCHS} epochs in batches of {SMALL_BATCH}",
        "networks at an eighth of the widths",
        SMALL_RATE_REDUCTION,
    )  # fmt: skip
    return TrainingStudy(
        "imagenet",
        "The Myth of the Pyramid, table 4: ImageNet",
        scale,
        tuple(runs),
        reductions,
        published=(("myth", "4"),),
        notes=NOTES,
    )


def counts(published: Figures) -> list[ResultTable]:
    """Returns the published accuracies, and parameters and MACs at 224x224 beside ours."""
    table4 = published.select("myth", "4")
    return [
        accuracy_tables.published_accuracies("Published accuracies", {"published": table4}),
        count_tables.params_table(
            "Parameters and MACs at 224x224",
            count_tables.compare_params(table4),
            "The published parameters of ResNet-50's templates do not come out.",
        ),
        count_tables.flops_table(
            "Printed FLOPs of the bases",
            count_tables.compare_flops(published.select("myth", "4, row labels")),
        ),
    ]


registered.study("imagenet", __doc__, Trained(make_study, figure_panels.draw_accuracy, counts))
