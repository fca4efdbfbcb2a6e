"""Networks that learn their filter sizes: trained, pruned and trained on, a run folder for each.

What a folder holds from before is read back; a run that was stopped goes on from its checkpoint.
Published figures and tables are not known here.

    trainings = Trainings(scale, dataset, config, 0, folder)
    pruned = trainings.trained({"variant": "learned"}, threshold=0.1)

Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes".
"""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from nasbench_templates.design import planning
from nasbench_templates.design.design import Design
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.graph import mixing, pruning
from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.networks import architecture
from nasbench_templates.runs import finished_run, folders, training_run
from nasbench_templates.support.errors import TrainingError
from nasbench_templates.training.config import TrainConfig

if TYPE_CHECKING:
    import keras
    import numpy as np

    from nasbench_templates.data.core.dataset import Dataset

FINE_TUNING_RATE = 0.1  # of the rate of the training before
FINE_TUNING_LENGTH = 0.25  # of its epochs, at least one
LARGEST_SHARE = 1.0  # the threshold that keeps one resolution for each layer
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
    """

    channel_divisor: int
    max_depth: int
    batch_norm: str
    input_shape: tuple[int, int, int]
    num_classes: int

    def settings(self, options: Mapping[str, object]) -> NetworkSettings:
        """Returns what the network of some published options is at this scale."""
        scaled = {**_PUBLISHED_SIZE, "batch_norm": self.batch_norm, **options}
        scaled["channels"] = max(1, scaled["channels"] // self.channel_divisor)
        scaled["depth"] = min(self.max_depth, scaled["depth"])
        return NetworkSettings(_FAMILY, self.input_shape, self.num_classes, scaled)

    def built(self, options: Mapping[str, object]) -> architecture.Architecture:
        """Returns the network of some published options at this scale."""
        settings = self.settings(options)
        return architecture.build(
            settings.model, settings.input_shape, settings.num_classes, settings.options
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Trained:
    """A trained network.

    Attributes:
        graph: what was trained.
        result: the content of its `result.json`.
        shares: of each learned mixture's inputs, 0..1.
        weights: at the end, in the order of the network's weights.
    """

    graph: LayerGraph
    result: Mapping[str, object]
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


class Trainings:
    """Trains each network once, in run folders of its own.

    Args:
        scale: of the networks.
        dataset: what they are trained on.
        config: of networks with learned shares; the others train without its mixing.
        seed: of every run.
        output_dir: receives the run folders, in `runs`.
        is_smoke: whether data were cut to a few images.
        watch: who looks on while a run trains; a reason to stop ends all runs.
        on_run: told the label of every run that begins and whether it is read back.
    """

    def __init__(
        self,
        scale: NetworkScale,
        dataset: "Dataset",
        config: TrainConfig,
        seed: int,
        output_dir: pathlib.Path,
        *,
        is_smoke: bool = False,
        watch: training_run.Watch | None = None,
        on_run: Callable[[str, bool], None] | None = None,
    ):
        self._scale, self._dataset, self._config, self._seed = scale, dataset, config, seed
        self._output_dir, self._is_smoke = output_dir, is_smoke
        self._watch = watch or training_run.Watch()
        self._on_run = on_run or (lambda label, is_known: None)
        self._known: dict[tuple, Trained | None] = {}
        self._failures: list[str] = []

    @property
    def failures(self) -> tuple[str, ...]:
        """What ended runs without a result, a line for each."""
        return tuple(self._failures)

    def trained(
        self, options: Mapping[str, object], threshold: float | None = None
    ) -> Trained | None:
        """Returns a network, trained now or before; `None` after a stop or a failure.

        Args:
            options: published options of the architecture.
            threshold: shares below it are pruned after training and the rest is fine-tuned; with
                `LARGEST_SHARE` the largest one stays and the network is trained from new weights;
                `None`: no pruning.

        Raises:
            ConfigError: a batch larger than a part of the training images, or a run that another
                process is training.
            DataError: the file of a network from before is damaged.
            OSError: the output folder cannot be written to.
        """
        settings = self._scale.settings(options)
        (network,) = planning.plan(settings, ["base"])
        key = (network.architecture.graph, network.filters, threshold)
        if key not in self._known:
            label = _label(self._dataset.name, settings.options, threshold, self._seed)
            if threshold is None:
                self._known[key] = self._train(settings, network, label)
            else:
                whole = self.trained(options)
                self._known[key] = whole and self._prune(settings, network, label, whole, threshold)
        return self._known[key]

    def _prune(
        self,
        settings: NetworkSettings,
        network: Design,
        label: str,
        whole: Trained,
        threshold: float,
    ) -> Trained | None:
        from nasbench_templates.keras_io import keras_builder, mixtures

        kept = kept_resolutions(whole.shares, threshold)
        graph = pruning.prune(whole.graph, kept)
        pruned = dataclasses.replace(
            network, source=dataclasses.replace(network.architecture, graph=graph)
        )
        if threshold == LARGEST_SHARE:
            return self._train(settings, pruned, label)
        before, after = (
            keras_builder.build_keras(each, network.filters) for each in (whole.graph, graph)
        )
        before.set_weights(whole.weights)
        mixtures.carry_weights(before, whole.graph, after, graph, kept)
        return self._train(settings, pruned, label, after.get_weights())

    def _train(
        self,
        settings: NetworkSettings,
        network: Design,
        label: str,
        first_weights: "Sequence[np.ndarray] | None" = None,
    ) -> Trained | None:
        asked = self._watch.stop_reason
        if asked is not None and asked() is not None:
            return None
        graph = network.architecture.graph
        config = self._config_of(graph, is_fine_tuned=first_weights is not None)
        run = training_run.TrainingRun(
            settings, network, self._dataset, config, self._seed, self._is_smoke, first_weights
        )
        folder = folders.RunFolder.locate(self._output_dir / "runs", label, run.identity())
        result = folder.finished()
        is_known = result is not None and folder.model.is_file()
        self._on_run(label, is_known)
        if is_known:
            model = finished_run.load_network(finished_run.read(folder.path))
            return _trained(graph, result, model)
        trainer = run.trainer()
        try:
            with folder.locked():
                result = training_run.train(run, folder, trainer, self._watch)
        except TrainingError as error:
            self._failures.append(f"{label}: {error}")
            return None
        return _trained(graph, result, trainer.model) if result["reason"] is None else None

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


def _trained(graph: LayerGraph, result: Mapping[str, object], model: "keras.Model") -> Trained:
    from nasbench_templates.keras_io import mixtures

    network = model.get_layer("network")
    return Trained(graph, result, mixtures.shares(network, graph), network.get_weights())


def _label(dataset: str, options: Mapping[str, object], threshold: float | None, seed: int) -> str:
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
        kept = range(len(shares))
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
    height = graph.nodes[0].shape.height
    grid = []
    for node in graph.nodes:
        if node.name.endswith("_r0_conv"):
            exponent = (height // node.shape.height).bit_length() - 1
            grid.append([float(place == exponent) for place in range(num_resolutions)])
    return grid
