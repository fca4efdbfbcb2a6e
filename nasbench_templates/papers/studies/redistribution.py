r"""Tables 1 to 3 of the redistribution drafts: other distributions of the same total of filters.

VGG-19, ResNet-50, Inception and MobileNet under base, reverse, uniform, quadratic and negative
quadratic on CIFAR-10, CIFAR-100 and (VGG-19, MobileNet) Tiny-ImageNet, three seeds. Parameters
and memory are published beside ours; accuracy and inference time are measured. Interrupt it at any
time: the same command goes on where it stopped.

  nasbench-templates study redistribution --dry_run
  nasbench-templates study redistribution --data_dir=DIR
  nasbench-templates study redistribution --scale=small --data_dir=cifar10=DIR
"""

from collections.abc import Sequence
from fractions import Fraction

from nasbench_templates.papers import (
    accuracy_tables,
    count_tables,
    draft_resource_tables,
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
    StudyRun,
    TrainingStudy,
    grid_runs,
)
from nasbench_templates.report.result_tables import ResultTable
from nasbench_templates.training import recipes

TRAINED_ON = {
    "cifar10": paper_networks.REDISTRIBUTED,
    "cifar100": paper_networks.REDISTRIBUTED,
    "tiny_imagenet": ("vgg19", "mobilenet_v1"),
}
SMALL_DEFAULT, SMALL_WIDTH = ("vgg19", "mobilenet_v1"), Fraction(1, 16)
SMALL_IMAGES, SMALL_TEST_IMAGES, SMALL_EPOCHS, SMALL_BATCH = 1200, 2000, 5, 16
# Deep networks take long for each step, whatever its batch.
DEEP, DEEP_BATCH = ("resnet50", "inception"), 32
PUBLISHED = (("redistribution_draft2", "1"), ("redistribution_draft2", "2"))
TINY_NOTE = "Published accuracies on Tiny-ImageNet cannot be top-1 test accuracies."
NOTES = {
    "": "Published accuracies are the second version's, which trained in batches of 16; the full "
    "scale has batches of 64, as the first. Momentum 0.9 and weight decay 1e-4 are not printed.",
    "vgg19": "VGG-19's quadratic is the parabola through the largest width at both ends, which "
    "gives the printed counts.",
    "tiny_imagenet": TINY_NOTE,
    "vgg19 tiny_imagenet": "VGG-19 on 64x64 images averages its last map; the printed counts imply "
    "a dense layer on a map of 7x7.",
}


def make_study(scale: str, seeds: Sequence[int]) -> TrainingStudy:
    """Returns the study for a scale and seeds."""
    is_full = scale == FULL
    reductions = () if is_full else (
        f"CIFAR-10 only, {SMALL_IMAGES} training and {SMALL_TEST_IMAGES} test images, "
        f"{SMALL_EPOCHS} epochs in batches of {SMALL_BATCH} (ResNet-50 and Inception {DEEP_BATCH})",
        "networks at a sixteenth of the widths, the base too",
        SMALL_RATE_REDUCTION,
    )  # fmt: skip
    return TrainingStudy(
        "redistribution",
        "Filter redistribution templates, tables 1 to 3",
        scale,
        tuple(_full_runs(seeds) if is_full else _small_runs(seeds)),
        reductions,
        published=PUBLISHED,
        notes=NOTES,
        default_networks=() if is_full else SMALL_DEFAULT,
    )


def _full_runs(seeds: Sequence[int]) -> list[StudyRun]:
    config = recipes.recipes.get("drafts").config()
    return [
        run
        for name, models in TRAINED_ON.items()
        for run in grid_runs(
            paper_networks.redistributed,
            models,
            paper_networks.REDISTRIBUTIONS,
            StudyData(name),
            config,
            seeds,
        )
    ]


def _small_runs(seeds: Sequence[int]) -> list[StudyRun]:
    data = StudyData("cifar10", SMALL_IMAGES, SMALL_TEST_IMAGES)
    return [
        run
        for model in paper_networks.REDISTRIBUTED
        for run in grid_runs(
            paper_networks.redistributed,
            [model],
            paper_networks.REDISTRIBUTIONS,
            data,
            recipes.recipes.get("drafts").config(
                epochs=SMALL_EPOCHS,
                batch_size=DEEP_BATCH if model in DEEP else SMALL_BATCH,
                **SMALL_RATE,
            ),
            seeds,
            width_multiplier=SMALL_WIDTH,
        )
    ]


def counts(published: Figures) -> list[ResultTable]:
    """Returns the accuracies of both versions and, beside ours, parameters, memory and times."""
    versions = {
        f"{version} version": published.select(paper)
        for version, paper in count_tables.DRAFTS.items()
    }
    return [
        accuracy_tables.published_accuracies("Published accuracies", versions, TINY_NOTE),
        *count_tables.draft_tables(published),
        *draft_resource_tables.resource_tables(published),
    ]


registered.study(
    "redistribution", __doc__, Trained(make_study, figure_panels.draw_accuracy, counts)
)
