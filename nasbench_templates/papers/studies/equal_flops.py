"""Base and templates a to e at equal operations: small networks that learn whole training sets.

The papers' question at a size that two cores answer: two cells of NAS-Bench-101 and VGG-11, narrow
enough to be trained until they know Fashion-MNIST (all 60,000 images) and, one cell, CIFAR-10 (all
50,000), with five seeds. Peaks are those nearest to the base's operations, because at few channels
one more filter is several percent. Differences to the base are seed by seed, their intervals
corrected for the five comparisons of each network. Interrupt it at any time: the same command goes
on where it stopped, with --workers=2 on both cores.

  nasbench-templates study equal_flops --dry_run
  nasbench-templates study equal_flops --workers=2 --data_dir=DIR
  nasbench-templates study equal_flops --workers=2 --data_dir=fashion_mnist=DIR,cifar10=DIR
"""

import dataclasses
from collections.abc import Iterator, Sequence
from fractions import Fraction

from nasbench_templates.data.core import dataset as datasets
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.papers import figure_panels, paper_networks, registered
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.registered import Trained
from nasbench_templates.papers.study import MEDIUM, StudyData, StudyRun, TrainingStudy
from nasbench_templates.training import recipes
from nasbench_templates.training.config import TrainConfig

SEEDS = (0, 1, 2, 3, 4)
PLAIN, PLAIN_WIDTH = "vgg11", Fraction(3, 16)
NEAREST = MatchSettings(rule="nearest")


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """One network on one data set.

    Attributes:
        dataset: registered name.
        network: a cell's name, or `PLAIN`.
        stem_filters: of a cell's network, which has one module in each of three stacks.
        epochs: of every run.
        augmentation: of every run.
    """

    dataset: str
    network: str
    stem_filters: int | None
    epochs: int
    augmentation: tuple[str, ...] = ()


PLACES = (
    Place("fashion_mnist", "resnet", 12, 2),
    Place("fashion_mnist", PLAIN, None, 2),
    Place("fashion_mnist", "best", 8, 2),
    Place("cifar10", "resnet", 12, 6, ("flip",)),
)


def make_study(scale: str, seeds: Sequence[int]) -> TrainingStudy:
    """Returns the study for seeds; its one scale is `MEDIUM`."""
    reductions = (
        "a study of this project with its own protocol: narrow networks of the kinds that the "
        f"papers use (cells with one module a stack, VGG-11 at {PLAIN_WIDTH} of the widths)",
        "2 epochs on Fashion-MNIST and 6 on CIFAR-10 of the recipe short, no validation split",
    )
    # Seed by seed: an interrupted study has every template of a network equally often.
    runs = tuple(
        StudyRun(network, StudyData(place.dataset), _config(place), seed)
        for place in PLACES
        for seed in seeds
        for network in networks(place)
    )
    return TrainingStudy(
        "equal_flops",
        "Templates at equal operations: small networks on whole training sets",
        scale,
        runs,
        reductions,
        notes={"": _gap_note()},
        is_corrected=True,
    )


def _config(place: Place) -> TrainConfig:
    return recipes.recipes.get("short").config(epochs=place.epochs, augmentation=place.augmentation)


def networks(place: Place) -> Iterator[StudyNetwork]:
    """Yields a place's network under base and a to e, the latter nearest to the base's cost."""
    info = datasets.datasets.get(place.dataset)
    for template in paper_networks.TEMPLATES:
        if place.network == PLAIN:
            yield _plain(template, NetworkSettings(PLAIN, info.input_shape, info.num_classes))
        else:
            options = {
                "cell": named_cells.get(place.network).cell,
                "stem_filters": place.stem_filters,
                "num_modules_per_stack": 1,
            }
            settings = NetworkSettings("nasbench101", info.input_shape, info.num_classes, options)
            name = paper_networks.CELL_PREFIX + place.network
            yield StudyNetwork(name, template, template, settings, NEAREST)


def _plain(template: str, settings: NetworkSettings) -> StudyNetwork:
    narrow = MatchSettings(width_multiplier=PLAIN_WIDTH)
    base = StudyNetwork(PLAIN, "base", paper_networks.SCALED_BASE, settings, narrow)
    if template == "base":
        return base
    planned = base.plan()
    match = dataclasses.replace(
        NEAREST,
        budget=Budget(Fraction(planned.cost.published_flops), is_multiple=False),
        n_min=planned.filters[0],
    )
    return StudyNetwork(PLAIN, template, template, settings, match)


def _gap_note() -> str:
    gaps = []
    for place in PLACES:
        costs = [network.plan().cost.published_flops for network in networks(place)]
        gaps += [100 * (cost / costs[0] - 1) for cost in costs[1:]]
    return (
        f"Operations of the templates are from {min(gaps):+.1f} % to {max(gaps):+.1f} % of their "
        "base's: the peak nearest to it, where the papers take the largest one not above."
    )


registered.study(
    "equal_flops",
    __doc__,
    Trained(make_study, figure_panels.draw_accuracy, scales=(MEDIUM,), seeds=SEEDS),
)
