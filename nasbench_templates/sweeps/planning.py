"""From what a sweep asks for to its runs, without training anything.

    found = planning.plan(request.parse({"networks": "resnet", "templates": ["base", "b"]}), folder)
    len(found.runs), found.training_macs

What a combination cannot have, such as a budget below the smallest network of a template, is left
out with its reason; the others are run. Two combinations that are the same network and training are
one run: the base under several budgets, for example.
"""

import dataclasses
import os
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nasbench_templates.data.core.dataset import DatasetInfo
from nasbench_templates.design import planning
from nasbench_templates.design.design import Design
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.distributions.template import BASE, templates
from nasbench_templates.graph import summary
from nasbench_templates.runs import batch_sizes, run_time
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.spec import LATENCY, RunSpec
from nasbench_templates.runs.task import Task
from nasbench_templates.support import paths
from nasbench_templates.support.errors import BudgetError, ConfigError, SpecError, describe
from nasbench_templates.support.frozen import frozen
from nasbench_templates.sweeps import network_choices
from nasbench_templates.sweeps.network_choices import NetworkChoice
from nasbench_templates.sweeps.request import Grid, Place
from nasbench_templates.training import presets
from nasbench_templates.training.config import TrainConfig

# A backward pass computes gradients of inputs and of weights: two products for each of a forward.
TRAINING_FACTOR = 3
# Values that an optimizer keeps beside each trainable one.
_OPTIMIZER_VALUES = {"sgd": 1, "rmsprop": 2, "adam": 2}
_BYTES = 4
_NO_NAME = re.compile(r"[^\w.+-]+")


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of a sweep.

    Attributes:
        task: the run and where its folder is.
        network: what its network is called.
        recipe: its recipe's name.
        budget: as it was asked for.
        num_train: training images; `None` where that is known only after reading.
    """

    task: Task
    network: str
    recipe: str
    budget: str
    num_train: int | None

    @property
    def training_macs(self) -> int | None:
        """Of all training steps, forward and backward; `None` for an unknown number of images."""
        spec = self.task.spec
        if self.num_train is None:
            return None
        images = self.num_train * spec.config.epochs
        return TRAINING_FACTOR * spec.design.cost.macs * images

    @property
    def memory_bytes(self) -> int:
        """Values, gradients, the optimizer's values and a batch's outputs and their gradients.

        Computed, float32; what a framework and its kernels need besides is not in it.
        """
        design, config = self.task.spec.design, self.task.spec.config
        kept = _OPTIMIZER_VALUES[config.optimizer] + 2
        outputs = config.batch_size * summary.output_bytes(design.summary_outputs)
        return _BYTES * kept * design.cost.trainable_params + outputs

    @property
    def training_seconds(self) -> float:
        """About what its training steps take on two cores; 0 for an unknown number of images."""
        spec = self.task.spec
        return run_time.training_seconds(spec.design, spec.config, self.num_train or 0)

    def to_json(self) -> dict[str, Any]:
        """Returns what the run's specification does not say of itself."""
        return {
            "network": self.network,
            "recipe": self.recipe,
            "budget": self.budget,
            "num_train": self.num_train,
            "training_seconds": self.training_seconds,
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A combination that is not run: which, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """The runs of a sweep, those that take longest first, so that no core is left alone at the end.

    Attributes:
        runs: each once.
        left_out: what is not run.
    """

    runs: tuple[PlannedRun, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def training_macs(self) -> int:
        """Of all runs whose number of images is known."""
        return sum(each.training_macs or 0 for each in self.runs)

    def shard(self, number: int, count: int) -> "SweepPlan":
        """Returns every `count`-th run from `number` on, counted from 0; the shards are disjoint.

        Raises:
            ConfigError: there is no such shard.
        """
        if not 0 <= number < count:
            raise ConfigError(f"expected a shard from 0 to below {count}, received {number}")
        return dataclasses.replace(self, runs=self.runs[number::count])


def plan(
    grids: Sequence[Grid],
    output_dir: pathlib.Path,
    *,
    record_paths: Sequence[str] = (),
    has_latency: bool = False,
) -> SweepPlan:
    """Returns the runs that grids ask for.

    Args:
        grids: of `request.parse`.
        output_dir: the sweep's folder.
        record_paths: where hashes of cells are looked up.
        has_latency: whether every network is timed after all training.

    Raises:
        ConfigError: a name, file, data set or setting that there is not.
        SpecError: a malformed cell.
        DataError: a folder that does not hold its data set.
        RecordError: damaged records.
    """
    planner = _Planner(output_dir / "runs", record_paths, (LATENCY,) if has_latency else ())
    found: dict[object, PlannedRun] = {}
    for grid in grids:
        for run in planner.runs(grid):
            spec = run.task.spec
            found.setdefault((spec.trainer_key, spec.design.template, spec.seed), run)
    planning.warn_of(run.task.spec.design for run in found.values())
    runs = sorted(found.values(), key=lambda run: -run.training_seconds)
    return SweepPlan(tuple(runs), tuple(dict.fromkeys(planner.left_out)))


class _Planner:
    """Finds each data set once and remembers what is left out."""

    def __init__(
        self, place: pathlib.Path, record_paths: Sequence[str], measure: tuple[str, ...]
    ) -> None:
        self._place = place
        self._record_paths = record_paths
        self._measure = measure
        self._infos: dict[DataRequest, DatasetInfo] = {}
        self.left_out: list[LeftOut] = []

    def runs(self, grid: Grid) -> Iterator[PlannedRun]:
        networks = list(self._networks(grid))
        matchings = list(_matchings(grid))
        names = list(_templates(grid))
        for place, fields in grid.at("datasets"):
            with place:
                data = _data_request(fields)
                info = self._info(data)
            ways = list(_ways(grid, data, info))
            num_train = batch_sizes.most_training_images(
                info, data.is_validation_trained_on, _limits(data)
            )
            for place, choice in networks:
                for budget, matching in zip(grid.budgets, matchings, strict=True):
                    with place:
                        designs = list(self._designs(choice, info, names, matching, budget))
                    for design in designs:
                        for recipe, config in ways:
                            for seed in grid.seeds:
                                spec = RunSpec(design, data, config, seed, self._measure)
                                task = Task(spec, self._place, _label(choice.label, spec))
                                yield PlannedRun(task, choice.label, recipe, budget, num_train)

    def _networks(self, grid: Grid) -> Iterator[tuple[Place, NetworkChoice]]:
        for place, entry in grid.at("networks"):
            with place:
                found = list(network_choices.of_entry(entry, grid.options, self._record_paths))
            yield from ((place, choice) for choice in found)

    def _info(self, data: DataRequest) -> DatasetInfo:
        if data not in self._infos:
            self._infos[data] = data.find()
        return self._infos[data]

    def _designs(
        self,
        choice: NetworkChoice,
        info: DatasetInfo,
        names: Sequence[str],
        matching: MatchSettings,
        budget: str,
    ) -> Iterator[Design]:
        network = choice.on(info)
        try:
            yield from planning.plan(network, names, matching, warns=False)
        except (BudgetError, SpecError):
            yield from self._one_by_one(choice, network, names, matching, budget)

    def _one_by_one(
        self,
        choice: NetworkChoice,
        network: NetworkSettings,
        names: Sequence[str],
        matching: MatchSettings,
        budget: str,
    ) -> Iterator[Design]:
        for name in names:
            try:
                yield from planning.plan(network, [name], matching, warns=False)
            except (BudgetError, SpecError) as error:
                what = f"{choice.label}, template {name}, budget {budget}"
                self.left_out.append(LeftOut(what, describe(error)))


def _templates(grid: Grid) -> Iterator[str]:
    for place, text in grid.at("templates"):
        with place:
            name = templates.canonical(text)
            if name != BASE:
                templates.get(name)
        yield name


def _matchings(grid: Grid) -> Iterator[MatchSettings]:
    """Yields how each budget is matched."""
    ((place, fields),) = grid.at("matching")
    with place:
        settings = MatchSettings(**_tuples(fields))
    for place, budget in grid.at("budgets"):
        with place:
            yield dataclasses.replace(settings, budget=Budget.parse(budget))


def _data_request(fields: Mapping[str, Any]) -> DataRequest:
    folder = fields.get("folder")
    if isinstance(folder, os.PathLike):
        fields = {**fields, "folder": os.fspath(folder)}
    request = DataRequest(**fields)
    if request.folder is None:
        return request
    path = paths.at_home(request.folder)
    if not path.is_dir():
        raise ConfigError(f"data set {request.name}: expected a folder with it, {path} is none")
    return dataclasses.replace(request, folder=str(path))


def _limits(data: DataRequest) -> tuple[int | None, ...]:
    return data.train_images, data.split_images, data.smoke_images


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns fields as records hold them, lists as tuples."""
    return {name: frozen(value) for name, value in fields.items()}


def _ways(grid: Grid, data: DataRequest, info: DatasetInfo) -> Iterator[tuple[str, TrainConfig]]:
    for place, entry in grid.at("training"):
        with place:
            yield _training(data, info, entry)


def _training(
    data: DataRequest, info: DatasetInfo, entry: Mapping[str, Any]
) -> tuple[str, TrainConfig]:
    settings = _tuples(entry)
    preset = presets.preset_for(info.input_shape, info.is_audio)
    recipe = settings.pop("recipe", preset.recipe)
    epochs = settings.pop("epochs", preset.epochs if recipe == preset.recipe else None)
    config = batch_sizes.config_on(
        info,
        recipe,
        epochs,
        settings,
        is_validation_trained_on=data.is_validation_trained_on,
        limits=_limits(data),
        is_trial=data.smoke_images is not None,
    )
    return recipe, config


def _label(network: str, spec: RunSpec) -> str:
    text = f"{network}-{spec.data.name}-{spec.design.template}-seed{spec.seed}"
    return _NO_NAME.sub("_", text)
