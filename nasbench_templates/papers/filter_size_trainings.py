"""Networks that learn their filter sizes: trained, pruned and trained on, a run folder for each.

What a folder holds from before is read back; a run that was stopped goes on from its checkpoint.
Published figures and tables are not known here.

    trainings = Trainings(scale, data, config, 0, folder, engine.carry_out)
    pruned = trainings.trained({"variant": "learned"}, threshold=0.1)

Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes".
"""

import dataclasses
import itertools
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nasbench_templates.design import planning
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.graph import mixing, pruning
from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.networks import architecture
from nasbench_templates.runs import events, finished_run
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.events import Outcome
from nasbench_templates.runs.first_weights import FirstWeights
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.runs.task import Task
from nasbench_templates.support.errors import TrainingError
from nasbench_templates.training.config import TrainConfig

if TYPE_CHECKING:
    import numpy as np

FINE_TUNING_RATE = 0.1  # of the rate of the training before
FINE_TUNING_LENGTH = 0.25  # of its epochs, at least one
LARGEST_SHARE = 1.0  # the threshold that keeps one resolution for each layer
LEAST_DEPTH = 4  # stem, two layers, classifier
_FAMILY = "multires"
_DEPTH_MIX = "depth_mix"
_PUBLISHED_SIZE = {"channels": 64, "depth": 10}


@dataclasses.dataclass(frozen=True, slots=True)
class NetworkScale:
    """How large the networks are.

    Attributes:
        channel_divisor: what all widths are divided by.
        max_depth: deeper networks are cut to it.
        batch_norm: `"shared"` or `"per_resolution"`.
        input_shape: `(height, width, channels)`.
        num_classes: outputs.
        depth_divisor: what all depths are divided by; at least `LEAST_DEPTH` layers stay.
        filters: `"shared"` or `"per_resolution"`.
        subsampling: `"mean"` or `"stride"`.
    """

    channel_divisor: int
    max_depth: int
    batch_norm: str
    input_shape: tuple[int, int, int]
    num_classes: int
    depth_divisor: int = 1
    filters: str = "shared"
    subsampling: str = "mean"

    def settings(self, options: Mapping[str, Any]) -> NetworkSettings:
        """Returns what the network of some published options is at this scale."""
        chosen = {"batch_norm": self.batch_norm}
        for name, value, default in (
            ("filters", self.filters, "shared"), ("subsampling", self.subsampling, "mean"),
        ):  # fmt: skip
            if value != default:
                chosen[name] = value
        scaled = {**_PUBLISHED_SIZE, **chosen, **options}
        scaled["channels"] = max(1, scaled["channels"] // self.channel_divisor)
        depth = max(min(LEAST_DEPTH, scaled["depth"]), scaled["depth"] // self.depth_divisor)
        scaled["depth"] = min(self.max_depth, depth)
        return NetworkSettings(_FAMILY, self.input_shape, self.num_classes, scaled)

    def built(self, options: Mapping[str, Any]) -> architecture.Architecture:
        """Returns the network of some published options at this scale."""
        settings = self.settings(options)
        return architecture.build(
            settings.model, settings.input_shape, settings.num_classes, settings.options
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Trained:
    """A trained network.

    Attributes:
        folder: of its run.
        graph: what was trained.
        result: the content of its `result.json`.
        shares: of each learned mixture's inputs, 0..1.
        weights: at the end, in the order of the network's weights.
    """

    folder: pathlib.Path
    graph: LayerGraph
    result: Mapping[str, Any]
    shares: dict[str, tuple[float, ...]]
    weights: "Sequence[np.ndarray]"

    @property
    def accuracy(self) -> float:
        """On the test images, 0..1."""
        return self.result["test_accuracy"]

    @property
    def effective_depth(self) -> int | None:
        """Layers up to the one that the classifier takes most from; `None` unless learned.

        Like the published depth D, it counts the stem and the classifier.
        """
        if _DEPTH_MIX not in self.shares:
            return None
        return pruning.largest_share(self.shares[_DEPTH_MIX])[0] + 3


# Carries out runs and returns their outcomes in the same order.
CarryOut = Callable[[Sequence[Task]], Sequence[Outcome]]
# Published options of the architecture and a threshold, as of `Trainings.trained`.
Wanted = tuple[Mapping[str, Any], float | None]


class Trainings:
    """Trains each network once, in run folders of its own.

    Args:
        scale: of the networks.
        data: what they are trained on.
        config: of networks with learned shares; the others train without its mixing.
        seed: of every run.
        output_dir: receives the run folders, in `runs`.
        carry_out: carries out runs.
    """

    def __init__(
        self,
        scale: NetworkScale,
        data: DataRequest,
        config: TrainConfig,
        seed: int,
        output_dir: pathlib.Path,
        carry_out: CarryOut,
    ):
        self._scale, self._data, self._config, self._seed = scale, data, config, seed
        self._output_dir = output_dir
        self._carry_out = carry_out
        self._outcomes: dict[Task, Outcome] = {}
        self._known: dict[Task, Trained] = {}

    @property
    def failures(self) -> tuple[str, ...]:
        """What ended runs without a result, a line for each."""
        return tuple(
            f"{task.label}: {outcome.reason}"
            for task, outcome in self._outcomes.items()
            if outcome.status == events.FAILED
        )

    def trained(self, options: Mapping[str, Any], threshold: float | None = None) -> Trained | None:
        """Returns a network, trained now or before; `None` after a stop or a failure.

        Args:
            options: published options of the architecture.
            threshold: shares below it are pruned after training and the rest is fine-tuned; with
                `LARGEST_SHARE` the largest one stays and the network is trained from new weights;
                `None`: no pruning.

        Raises:
            ConfigError: a batch larger than a part of the training images.
            DataError: the file of a network from before is damaged.
            OSError: the output folder cannot be written to.
        """
        task = self.task(options, threshold)
        if task is None:
            return None
        if task not in self._outcomes:
            self.keep(self._carry_out([task]))
        outcome = self._outcomes[task]
        if task not in self._known and outcome.is_finished:
            self._known[task] = _read(outcome)
        return self._known.get(task)

    def task(self, options: Mapping[str, Any], threshold: float | None = None) -> Task | None:
        """Returns the run of a network; `None` where what it is pruned from did not finish.

        Raises: as `trained`, whose arguments it takes.
        """
        settings = self._scale.settings(options)
        (design,) = planning.plan(settings, ["base"])
        label = _label(self._data.name, settings.options, threshold, self._seed)
        first = None
        if threshold is not None:
            whole = self.trained(options)
            if whole is None:
                return None
            kept = kept_resolutions(whole.shares, threshold)
            pruned = dataclasses.replace(
                design.architecture, graph=pruning.prune(whole.graph, kept), base_graph=None
            )
            design = dataclasses.replace(design, source=pruned)
            first = None if threshold == LARGEST_SHARE else FirstWeights(whole.folder, kept)
        config = self._config_of(design.architecture.graph, is_fine_tuned=first is not None)
        spec = RunSpec(design, self._data, config, self._seed, first_weights=first)
        return Task(spec, self._output_dir / "runs", label)

    def keep(self, outcomes: Sequence[Outcome]) -> None:
        """Notes what became of runs of `task` that were carried out together with others."""
        self._outcomes |= {outcome.task: outcome for outcome in outcomes}

    def _config_of(self, graph: LayerGraph, *, is_fine_tuned: bool) -> TrainConfig:
        config = self._config
        if not any(isinstance(node.layer, mixing.Mix) for node in graph.nodes):
            config = dataclasses.replace(config, mixing=None)
        if not is_fine_tuned:
            return config
        return dataclasses.replace(
            config,
            epochs=max(1, round(config.epochs * FINE_TUNING_LENGTH)),
            learning_rate=config.learning_rate * FINE_TUNING_RATE,
        )


def train_together(
    trainings: Sequence[Trainings], wanted: Sequence[Wanted], carry_out: CarryOut
) -> None:
    """Trains networks of several seeds at the same time: first all whole ones, then pruned ones.

    Args:
        trainings: one for each seed.
        wanted: what each is to train.
        carry_out: carries out the runs.
    """
    whole: list[Wanted] = [(options, None) for options, _ in wanted]
    pruned = [(options, limit) for options, limit in wanted if limit is not None]
    for stage in (whole, pruned):
        tasks = {
            each: [task for options, limit in stage if (task := each.task(options, limit))]
            for each in trainings
        }
        carried = carry_out(tuple(dict.fromkeys(itertools.chain(*tasks.values()))))
        for each in trainings:
            own = set(tasks[each])
            each.keep([outcome for outcome in carried if outcome.task in own])


def _read(outcome: Outcome) -> Trained:
    from nasbench_templates.keras_io import mixtures

    if outcome.folder is None or outcome.result is None:
        raise TrainingError(f"{outcome.task.label}: expected a finished run: {outcome.reason}")
    folder = pathlib.Path(outcome.folder)
    graph = outcome.task.spec.design.architecture.graph
    network = finished_run.load_network(finished_run.read(folder)).get_layer("network")
    shares = mixtures.shares(network, graph)
    return Trained(folder, graph, outcome.result, shares, network.get_weights())


def _label(dataset: str, options: Mapping[str, Any], threshold: float | None, seed: int) -> str:
    said = [f"{name}_{value}" for name, value in sorted(options.items())]
    said += [] if threshold is None else [f"threshold_{threshold:g}"]
    return "-".join([dataset, *said, f"seed{seed}"])


def kept_resolutions(
    shares: Mapping[str, Sequence[float]], threshold: float
) -> dict[str, tuple[int, ...]]:
    """Returns which inputs each mixture of resolutions keeps; that of the depth keeps all.

    Args:
        shares: of every mixture, 0..1.
        threshold: the smallest share that stays; `LARGEST_SHARE` keeps the largest one.
    """
    return {
        name: pruning.largest_share(each)
        if threshold == LARGEST_SHARE
        else pruning.shares_of_at_least(each, threshold)
        for name, each in shares.items()
        if name != _DEPTH_MIX
    }


def share_grid(trained: Trained, whole: Trained, threshold: float | None) -> list[list[float]]:
    """Returns the shares of every layer and resolution, 0 where one was pruned.

    Args:
        trained: the network, pruned by `threshold`.
        whole: what it was pruned from.
        threshold: as in `Trainings.trained`.
    """
    grid = []
    for name, shares in whole.shares.items():
        if name == _DEPTH_MIX:
            continue
        kept: Sequence[int] = range(len(shares))
        if threshold is not None:
            kept = kept_resolutions(whole.shares, threshold)[name]
        now = dict(zip(kept, trained.shares.get(name, (1.0,)), strict=True))
        grid.append([now.get(place, 0.0) for place in range(len(shares))])
    return grid


def pooling_grid(scale: NetworkScale, num_resolutions: int) -> list[list[float]]:
    """Returns the grid of the network with predefined pooling: one resolution for each layer.

    Args:
        scale: of the network.
        num_resolutions: columns of the grid.
    """
    graph = scale.built({"variant": "pooling"}).graph
    height, *_ = graph.nodes[0].shape.sides
    grid = []
    for node in graph.nodes:
        if node.name.endswith("_r0_conv"):
            exponent = (height // node.shape.sides[0]).bit_length() - 1
            grid.append([float(place == exponent) for place in range(num_resolutions)])
    return grid
