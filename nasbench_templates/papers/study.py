"""What a training study is: a list of runs, and what was reduced to make it small.

Nothing here trains, reads images or draws.
"""

import dataclasses
import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from nasbench_templates.data.core import dataset as datasets
from nasbench_templates.design.design import Design
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.config import TrainConfig

FULL, MEDIUM, SMALL, SMOKE = "full", "medium", "small", "smoke"
# What most studies have.
SCALES = (FULL, SMALL)
SEEDS = (0, 1, 2)
# At the published rates deep networks are still at chance after some hundred steps.
SMALL_RATE: Mapping[str, Any] = {"learning_rate": 0.02, "schedule": "cosine"}
SMALL_RATE_REDUCTION = "a rate of 0.02 along a cosine, as there are few steps"
# Data set, network, variant and template: what runs share that differ in their seed only.
Group = tuple[str, str, str, str]
SMOKE_IMAGES = 64
SMOKE_BATCH = 16


@dataclasses.dataclass(frozen=True, slots=True)
class StudyData:
    """A data set as a study trains on it.

    Attributes:
        name: registered name.
        train_images: how many training images are kept, evenly of the classes; `None`: all.
        test_images: how many images are kept at most in every split, so at least `train_images`;
            `None`: all.
        is_validation_trained_on: whether validation images join the training images, as in
            protocols without validation; then nothing is selected on the rest.
    """

    name: str
    train_images: int | None = None
    test_images: int | None = None
    is_validation_trained_on: bool = True

    def __post_init__(self) -> None:
        if self.test_images is not None and self.test_images < (self.train_images or math.inf):
            limit = "all" if self.train_images is None else str(self.train_images)
            raise ConfigError(
                f"{self.name}: expected a limit of test images, which holds for every split, no "
                f"lower than that of training images, received {self.test_images} and {limit}"
            )

    @property
    def num_images(self) -> tuple[int, int, int] | None:
        """Images in training, validation and test; `None` for a set of unknown size.

        These are the published numbers; where fewer are on disk, results tell how many were read.
        """
        sizes = datasets.datasets.get(self.name).split_sizes
        if sizes is None:
            return None
        train, validation, test = sizes
        if self.is_validation_trained_on:
            train, validation = train + validation, 0
        if self.train_images is not None:
            train = min(train, self.train_images)
        if self.test_images is None:
            return train, validation, test
        limit = self.test_images
        return min(train, limit), min(validation, limit), min(test, limit)

    def request(self, folder: str | None, smoke_images: int | None = None) -> DataRequest:
        """Returns what is asked for.

        Args:
            folder: with the set's files.
            smoke_images: what every split is cut to for a trial; `None`: no trial.
        """
        return DataRequest(
            name=self.name,
            folder=folder,
            is_validation_trained_on=self.is_validation_trained_on,
            train_images=self.train_images,
            split_images=self.test_images,
            smoke_images=smoke_images,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class StudyRun:
    """One training.

    Attributes:
        network: what is trained.
        data: on what.
        config: how.
        seed: decides weights, order and augmentation; at least 0.
        variant: what tells this network from others of the same name and template, for example a
            width multiplier; may be empty.
    """

    network: StudyNetwork
    data: StudyData
    config: TrainConfig
    seed: int
    variant: str = ""

    @property
    def label(self) -> str:
        """Readable name of its folder."""
        variant = f"-{self.variant}" if self.variant else ""
        return f"{self.data.name}-{self.network.label}{variant}-seed{self.seed}"

    @property
    def group(self) -> Group:
        """What it shares with the runs of other seeds."""
        return self.data.name, self.network.network, self.variant, self.network.template


def base_group(groups: Container[Group], group: Group) -> Group | None:
    """Returns the base of the same variant, else the published base of the same network."""
    dataset, network, variant, _ = group
    candidates = (
        (dataset, network, variant, "base"),
        (dataset, network, "", "base"),
    )
    return next((each for each in candidates if each in groups), None)


def macs_percent(design: Design, base: Design | None) -> float:
    """Returns the operations in percent of the base that accuracies are compared with.

    Args:
        design: of a group.
        base: of its `base_group`, which may be a narrow one; `None`: the published widths count.
    """
    if base is None:
        return design.macs_percent_of_base
    return 100 * design.cost.macs / base.cost.macs


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingStudy:
    """A published study as runs.

    Attributes:
        name: of its script.
        title: one line.
        scale: `FULL`, `MEDIUM`, `SMALL` or `SMOKE`.
        runs: in the order in which they are made.
        reductions: what a smaller scale leaves out or makes smaller; empty at full scale.
        published: (paper, table) pairs where the published accuracies stand.
        notes: what must be known beside the results, by subject: a network, a data set, or both
            with a space between them; the empty subject always applies.
        is_corrected: whether intervals and verdicts hold for all comparisons with one base at once,
            by Holm's method, and not for each alone.
        default_networks: names of those that are trained unless others are asked for; empty: all.
    """

    name: str
    title: str
    scale: str
    runs: tuple[StudyRun, ...]
    reductions: tuple[str, ...] = ()
    published: tuple[tuple[str, str], ...] = ()
    notes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    is_corrected: bool = False
    default_networks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = (FULL, MEDIUM, SMALL, SMOKE)
        if self.scale not in known:
            raise ConfigError(f"expected a scale of {', '.join(known)}, received {self.scale!r}")
        if (self.scale == FULL) == bool(self.reductions):
            raise ConfigError(
                f"{self.name}: expected reductions below full scale and none at {FULL}, "
                f"received {len(self.reductions)} at {self.scale}"
            )

    @property
    def applicable_notes(self) -> tuple[str, ...]:
        """The notes whose subject occurs in the runs, in their order."""
        pairs = {(run.network.network, run.data.name) for run in self.runs}
        subjects = {"", *(name for pair in pairs for name in pair), *map(" ".join, pairs)}
        return tuple(text for subject, text in self.notes.items() if subject in subjects)

    def only(self, names: Sequence[str] = ()) -> "TrainingStudy":
        """Returns the study with some of its networks.

        Args:
            names: of networks; none: the study's default.

        Raises:
            ConfigError: a network that it does not have.
        """
        known = list(dict.fromkeys(run.network.network for run in self.runs))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ConfigError(
                f"{self.name}, --networks: expected some of {', '.join(known)}, "
                f"received {', '.join(unknown)}"
            )
        chosen = [name for name in known if name in (names or self.default_networks or known)]
        # At full scale each network is made as published, whichever others are.
        is_reduced = len(chosen) < len(known) and self.scale != FULL
        left_out = f"networks {', '.join(chosen)} of {', '.join(known)}"
        return dataclasses.replace(
            self,
            runs=tuple(run for run in self.runs if run.network.network in chosen),
            reductions=(*self.reductions, *([left_out] if is_reduced else [])),
            default_networks=(),
        )

    def smoke(self) -> "TrainingStudy":
        """Returns two short runs, base and another template of the first network, to try it."""
        first = self.runs[0]
        others = [
            run
            for run in self.runs
            if (run.network.network, run.data, run.seed)
            == (first.network.network, first.data, first.seed)
            and run.network.template != first.network.template
        ]
        chosen = [
            dataclasses.replace(
                run, config=dataclasses.replace(run.config, **_smoke_settings(run.config))
            )
            for run in (first, *others[-1:])
        ]
        reduction = f"smoke run: {SMOKE_IMAGES} images a split and one epoch; figures mean nothing"
        return dataclasses.replace(
            self, scale=SMOKE, runs=tuple(chosen), reductions=(*self.reductions, reduction)
        )


def grid_runs(
    build: Callable[..., StudyNetwork],
    models: Iterable[str],
    templates: Iterable[str],
    data: StudyData,
    config: TrainConfig,
    seeds: Sequence[int],
    *,
    width_multiplier: Fraction | None = None,
    variant: str = "",
) -> list[StudyRun]:
    """Returns a run for every model, template and seed, in this order, on one data set.

    Args:
        build: `networks.classifier` or `networks.redistributed`.
        models: what it builds.
        templates: of each.
        data: gives the networks their images and classes.
        config: of every run.
        seeds: one run for each.
        width_multiplier: of the networks; `None`: as published.
        variant: of the runs.
    """
    info = datasets.datasets.get(data.name)
    return [
        StudyRun(network, data, config, seed, variant)
        for model in models
        for template in templates
        for network in (
            build(model, template, info.input_shape, info.num_classes, width_multiplier),
        )
        for seed in seeds
    ]


def _smoke_settings(config: TrainConfig) -> Mapping[str, Any]:
    small = config.with_batch_size(min(config.batch_size, SMOKE_BATCH))
    return {
        "epochs": 1,
        "batch_size": small.batch_size,
        "learning_rate": small.learning_rate,
        "step_epochs": tuple(each / config.epochs for each in config.step_epochs),
        "warmup_epochs": config.warmup_epochs / config.epochs,
    }
