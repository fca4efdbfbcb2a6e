r"""The drafts' width-multiplier curves: accuracy against parameters, memory and inference time.

Every distribution of VGG-19, ResNet-50, Inception and MobileNet at eight width multipliers on
CIFAR-10 and CIFAR-100, three repetitions: one panel for each network, data set and resource, dashed
lines crossing at the unreduced base, error bars from the least to the greatest repetition.
Interrupt it at any time: the same command goes on where it stopped.

  nasbench-templates study curves --dry_run
  nasbench-templates study curves --data_dir=DIR
  nasbench-templates study curves --scale=small --data_dir=cifar10=DIR
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from nasbench_templates.data.core import dataset as datasets
from nasbench_templates.papers import figure_panels, paper_networks, read_outs, registered
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.registered import Trained
from nasbench_templates.papers.runner import StudyOutcome
from nasbench_templates.papers.study import (
    FULL,
    SMALL_RATE,
    SMALL_RATE_REDUCTION,
    StudyData,
    StudyRun,
    TrainingStudy,
)
from nasbench_templates.report import study_plots
from nasbench_templates.report.result_tables import ResultTable, Value
from nasbench_templates.training import recipes

MULTIPLIERS = tuple(map(Fraction, ("1.6", "1.3", "1.0", "0.8", "0.5", "0.25", "0.1", "0.05")))
DATASETS = ("cifar10", "cifar100")
SMALL_MODEL, SMALL_MULTIPLIERS = "vgg19", tuple(map(Fraction, ("0.1", "0.05", "0.025")))
SMALL_REFERENCE = Fraction("0.1")
BATCH = 64
# As the drafts draw them, memory in GB for a batch.
RESOURCES = {
    "trainable_params": figure_panels.RESOURCES["trainable_params"],
    "activations": (f"memory, GB (computed, {BATCH} images)", 4e-9 * BATCH),
    "latency_ms": figure_panels.RESOURCES["latency_ms"],
}
SMALL_IMAGES, SMALL_TEST_IMAGES, SMALL_EPOCHS, SMALL_BATCH = 1000, 2000, 4, 16
NOTES = {
    "": "The curve of the base has the base's own widths times the multiplier. Memory: elements of "
    f"the outputs of convolutions, poolings and dense layers as float32, computed, for {BATCH} "
    "images, the drafts' batch. Inference: one image on this machine.",
    "inception": "Inception's branches have equal widths at every multiplier, so that at 1 it is "
    "not the base itself.",
}


def make_study(scale: str, seeds: Sequence[int]) -> TrainingStudy:
    """Returns the study for a scale and seeds."""
    is_full = scale == FULL
    if is_full:
        config = recipes.recipes.get("drafts").config()
        places = [
            (StudyData(name), model) for name in DATASETS for model in paper_networks.REDISTRIBUTED
        ]
        multipliers = MULTIPLIERS
    else:
        config = recipes.recipes.get("drafts").config(
            epochs=SMALL_EPOCHS, batch_size=SMALL_BATCH, **SMALL_RATE
        )
        places, multipliers = (
            [(StudyData("cifar10", SMALL_IMAGES, SMALL_TEST_IMAGES), SMALL_MODEL)],
            SMALL_MULTIPLIERS,
        )
    runs = tuple(
        StudyRun(network, data, config, seed, variant)
        for data, model in places
        for network, variant in _networks(
            data.name, model, multipliers, None if is_full else SMALL_REFERENCE
        )
        for seed in seeds
    )
    reductions = () if is_full else (
        f"CIFAR-10 and VGG-19 only, {SMALL_IMAGES} training and {SMALL_TEST_IMAGES} test "
        f"images, {SMALL_EPOCHS} epochs in batches of {SMALL_BATCH}",
        "multipliers 0.1, 0.05 and 0.025 only; the dashed lines cross at the base of a tenth of "
        "the widths, not at the unreduced one",
        SMALL_RATE_REDUCTION,
    )  # fmt: skip
    return TrainingStudy(
        "curves",
        "Filter redistribution templates: width-multiplier curves",
        scale,
        runs,
        reductions,
        published=(("redistribution_draft2", "1"),),
        notes=NOTES,
    )


def _networks(
    dataset: str, model: str, multipliers: Sequence[Fraction], reference: Fraction | None
) -> Iterator[tuple[StudyNetwork, str]]:
    info = datasets.datasets.get(dataset)
    shape, classes = info.input_shape, info.num_classes
    # Where the dashed lines cross: a network of its own only if no point of the base's curve is it.
    crossing = paper_networks.redistributed(model, "base", shape, classes, reference)
    multiple = paper_networks.redistributed(model, "base", shape, classes, reference or Fraction(1))
    if crossing.plan().cost != multiple.plan().cost:
        yield crossing, ""
    for multiplier in multipliers:
        for template in paper_networks.REDISTRIBUTIONS:
            network = paper_networks.redistributed(model, template, shape, classes, multiplier)
            yield network, _variant(multiplier)


def _variant(multiplier: Fraction) -> str:
    return f"x{float(multiplier):g}"


def _reference(study: TrainingStudy) -> str:
    return _variant(Fraction(1) if study.scale == FULL else SMALL_REFERENCE)


def read_out(study: TrainingStudy, outcomes: Sequence[StudyOutcome]) -> list[ResultTable]:
    """Returns what reaches the unreduced base's accuracy."""
    return [read_outs.table(outcomes, _reference(study))]


def draw(
    study: TrainingStudy,
    rows: Sequence[Mapping[str, Value]],
    outcomes: Sequence[StudyOutcome],
    paths: Sequence[str],
) -> None:
    """Draws the curves."""
    panels = figure_panels.accuracy_panels(
        rows, outcomes, is_curve=True, reference=_reference(study), resources=RESOURCES
    )
    study_plots.plot_panels(panels, paths)


registered.study("curves", __doc__, Trained(make_study, draw, read_outs=read_out))
