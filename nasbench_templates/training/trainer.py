"""Training of one network on one data set; silent, deterministic per seed, resumable.

The network is built and traced once; every run then starts from its own seed, so that several seeds
share the trace. A run draws from three independent streams of its seed: the order of the images,
the augmentation and the first weights. Progress goes to a callback, nothing is printed.

    trainer = Trainer(network.graph, network.base_filters, digits, recipes.get("short").config())
    results = [trainer.run(seed) for seed in range(3)]
"""

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from nasbench_templates.arch.graph import LayerGraph
from nasbench_templates.data.dataset import Dataset
from nasbench_templates.data.splits import Split
from nasbench_templates.errors import ConfigError, TrainingError
from nasbench_templates.models import keras_builder
from nasbench_templates.training import (
    augment,
    checkpoints,
    devices,
    optimizers,
    schedules,
    steps,
)
from nasbench_templates.training.config import TrainConfig

# Images evaluated at once, at most.
_EVALUATION_BATCH = 256
# Streams of a run's seed.
_ORDER, _AUGMENTATION, _WEIGHTS = range(3)


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """What one epoch gave.

    Attributes:
        epoch: counted from 1.
        loss: mean over the epoch's steps, weight penalty included.
        accuracy: of the training images as they were trained on, 0..1.
        val_loss: mean cross entropy on the validation split, without penalty.
        val_accuracy: on the validation split, 0..1.
        learning_rate: of the epoch's last step.
        seconds: time of the training steps, without evaluation.
        images_per_second: training images by these seconds.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a run gave.

    Attributes:
        history: every epoch, those before a resumption included.
        val_accuracy: after the last epoch, 0..1.
        test_accuracy: after the last epoch, 0..1; the split is evaluated this once.
        train_seconds: time of all training steps, over all resumptions, without evaluation,
            building and tracing.
    """

    history: tuple[EpochMetrics, ...]
    val_accuracy: float
    test_accuracy: float
    train_seconds: float


class Trainer:
    """A network with everything that is needed to train it, built and traced once.

    Args:
        graph: the network.
        filters: one width for every slot.
        dataset: the three splits; they stay in memory.
        config: the settings of every run. With `deterministic` the process is made deterministic.

    Raises:
        SpecError: the widths do not fit the graph.
        ConfigError: graph and data set differ in image shape or classes, the batch is larger than
            the training split, or determinism is not to be had.
    """

    def __init__(
        self, graph: LayerGraph, filters: Sequence[int], dataset: Dataset, config: TrainConfig
    ):
        config.check_fits(dataset.train.num_images)
        if config.deterministic:
            devices.enable_determinism()
        self._graph = graph
        self._filters = tuple(filters)
        self._dataset = dataset
        self._config = config
        self._network = keras_builder.build_keras(
            graph, filters, batch_norm_momentum=config.batch_norm_momentum, dtype="float32"
        )
        _check_fit(self._network, dataset)
        normalization = keras.layers.Normalization(
            mean=dataset.mean,
            variance=[std * std for std in dataset.std],
            dtype="float32",
            name="normalization",
        )
        image = keras.Input(dataset.input_shape, name="raw_image")
        self._model = keras.Model(image, self._network(normalization(image)), name="model")
        self._augmentation = (
            augment.PadCropFlip(name="augmentation", dtype="float32")
            if config.augmentation == "pad_crop_flip"
            else None
        )
        self._optimizer = optimizers.make_optimizer(config)
        self._optimizer.build(self._network.trainable_variables)
        self._steps = steps.make_steps(
            steps.Parts(
                preparation=_preparation(dataset, self._augmentation, normalization),
                network=self._network,
                optimizer=self._optimizer,
                weight_decay=config.weight_decay,
            )
        )
        self._trace()

    @property
    def model(self) -> keras.Model:
        """The network with normalisation included, at the weights of the last run.

        It maps images `(batch, height, width, channels)` on the scale of the data set's pixels to
        logits `(batch, classes)`.
        """
        return self._model

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in the training split."""
        return self._dataset.train.num_images // self._config.batch_size

    def run(
        self,
        seed: int,
        *,
        checkpoint: Path | None = None,
        checkpoint_interval_s: float = 20.0,
        on_epoch: Callable[[EpochMetrics], None] | None = None,
    ) -> TrainResult:
        """Trains from new weights or from a checkpoint, then evaluates the test split.

        Args:
            seed: at least 0. Under `deterministic` the same seed gives the same result,
                interrupted or not, and whatever ran before.
            checkpoint: file to resume from if it exists, and to save to; the caller removes it.
            checkpoint_interval_s: least number of seconds between two saves, each at the end of an
                epoch.
            on_epoch: called after every epoch that is trained here, once its checkpoint is saved.

        Raises:
            TrainingError: a loss is not finite; the message names the epoch.
            ConfigError: the checkpoint belongs to another run.
            OSError: the checkpoint cannot be written.
        """
        self._reset(seed)
        history = [] if checkpoint is None else self._resume(checkpoint, seed)
        saved_at = time.monotonic()
        for epoch in range(len(history) + 1, self._config.epochs + 1):
            history.append(self._run_epoch(seed, epoch))
            is_due = time.monotonic() - saved_at >= checkpoint_interval_s
            if checkpoint is not None and is_due:
                self._save(checkpoint, seed, history)
                saved_at = time.monotonic()
            if on_epoch is not None:
                on_epoch(history[-1])
        _, test_accuracy = self._evaluate(self._dataset.test)
        return TrainResult(
            history=tuple(history),
            val_accuracy=history[-1].val_accuracy,
            test_accuracy=test_accuracy,
            train_seconds=sum(metrics.seconds for metrics in history),
        )

    def _trace(self) -> None:
        # One step on any images compiles everything, so that no run's time contains it. What it did
        # to the weights is undone by the reset at the start of every run.
        train = self._dataset.train
        batch = slice(self._config.batch_size)
        self._steps.train(train.images[batch], _labels(train)[batch], 0.0)
        self._reset(0)

    def _reset(self, seed: int) -> None:
        keras_builder.initialize(self._network, self._graph, _stream(seed, _WEIGHTS))
        optimizers.reset(self._optimizer)
        if self._augmentation is not None:
            self._augmentation.reset(_stream(seed, _AUGMENTATION))

    def _run_epoch(self, seed: int, epoch: int) -> EpochMetrics:
        config, train = self._config, self._dataset.train
        labels, size, count = _labels(train), config.batch_size, self.steps_per_epoch
        # A function of seed and epoch only, so that a resumed run continues with the same images.
        stream = np.random.SeedSequence(entropy=seed, spawn_key=(_ORDER, epoch))
        order = np.random.default_rng(stream).permutation(train.num_images)
        outcomes = []
        rate = 0.0
        start = time.perf_counter()
        for step in range(count):
            rows = order[step * size : (step + 1) * size]
            rate = self._rate((epoch - 1) * count + step)
            outcomes.append(self._steps.train(train.images[rows], labels[rows], rate))
        # Reading the values waits for the device, so the clock is read after it.
        losses = np.array([float(loss) for loss, _ in outcomes])
        num_correct = sum(int(correct) for _, correct in outcomes)
        seconds = time.perf_counter() - start
        _check_finite(losses, epoch)
        val_loss, val_accuracy = self._evaluate(self._dataset.validation)
        if not np.isfinite(val_loss):
            # The losses of the steps do not see what the last update did to the weights.
            raise TrainingError(
                f"the validation loss is not finite after epoch {epoch}: received {val_loss}"
            )
        return EpochMetrics(
            epoch=epoch,
            loss=float(losses.mean()),
            accuracy=num_correct / (count * size),
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            learning_rate=rate,
            seconds=seconds,
            images_per_second=count * size / seconds,
        )

    def _rate(self, step: int) -> float:
        config = self._config
        return schedules.learning_rate(
            config.schedule,
            config.learning_rate,
            step,
            config.epochs * self.steps_per_epoch,
            zero_first_step=config.zero_first_step,
        )

    def _evaluate(self, split: Split) -> tuple[float, float]:
        """Returns mean cross entropy and accuracy over every image of a split."""
        logits = self._logits(split.images).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        loss = -log_probabilities[np.arange(len(logits)), split.labels].mean()
        num_correct = int((logits.argmax(axis=1) == split.labels).sum())
        return float(loss), num_correct / len(logits)

    def _logits(self, images: np.ndarray) -> np.ndarray:
        num_batches = -(-len(images) // _EVALUATION_BATCH)
        size = -(-len(images) // num_batches)
        outputs = []
        for start in range(0, len(images), size):
            batch = images[start : start + size]
            missing = size - len(batch)
            # A smaller last batch would be traced anew; the filled-up rows are cut off again.
            padded = np.pad(batch, ((0, missing), (0, 0), (0, 0), (0, 0)))
            outputs.append(self._steps.predict(padded))
        return np.concatenate([np.asarray(output) for output in outputs])[: len(images)]

    def _variables(self) -> list[keras.Variable]:
        generators = [] if self._augmentation is None else self._augmentation.variables
        return [*self._network.variables, *self._optimizer.variables, *generators]

    def _save(self, path: Path, seed: int, history: Sequence[EpochMetrics]) -> None:
        checkpoints.save(
            path,
            checkpoints.Checkpoint(
                fingerprint=self._fingerprint(seed),
                epoch=len(history),
                values=tuple(
                    np.array(keras.ops.convert_to_numpy(each)) for each in self._variables()
                ),
                history=json.dumps([dataclasses.asdict(metrics) for metrics in history]),
            ),
        )

    def _resume(self, path: Path, seed: int) -> list[EpochMetrics]:
        saved = checkpoints.load(path)
        if saved is None:
            return []
        if saved.fingerprint != self._fingerprint(seed):
            raise ConfigError(
                f"{path}: expected a checkpoint of this network, data set, seed and configuration, "
                "received that of another run"
            )
        for variable, value in zip(self._variables(), saved.values, strict=True):
            variable.assign(value)
        return [EpochMetrics(**entry) for entry in json.loads(saved.history)]

    def _fingerprint(self, seed: int) -> str:
        parts = (
            repr(self._graph),
            self._filters,
            self._dataset.checksum,
            self._dataset.mean,
            self._dataset.std,
            self._config.to_dict(),
            seed,
            keras.backend.backend(),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def _check_fit(network: keras.Model, dataset: Dataset) -> None:
    received = (network.input_shape[1:], network.output_shape[-1])
    if received != (dataset.input_shape, dataset.num_classes):
        raise ConfigError(
            f"{dataset.name}: expected a network for images of shape {dataset.input_shape} and "
            f"{dataset.num_classes} classes, received one for {received[0]} and {received[1]}"
        )


def _preparation(
    dataset: Dataset,
    augmentation: augment.PadCropFlip | None,
    normalization: keras.layers.Normalization,
) -> keras.Model:
    image = keras.Input(dataset.input_shape, dtype="uint8", name="stored_image")
    augmented = image if augmentation is None else augmentation(image)
    return keras.Model(image, normalization(augmented), name="preparation")


def _check_finite(losses: np.ndarray, epoch: int) -> None:
    bad = np.flatnonzero(~np.isfinite(losses))
    if bad.size:
        step = int(bad[0])
        raise TrainingError(
            f"epoch {epoch}, step {step + 1} of {len(losses)}: expected a finite loss, "
            f"received {losses[step]}"
        )


def _labels(split: Split) -> np.ndarray:
    return split.labels.astype(np.int32)


def _stream(seed: int, stream: int) -> int:
    return int(np.random.SeedSequence(entropy=seed, spawn_key=(stream,)).generate_state(1)[0])
