"""Training of one network on one data set; silent, deterministic per seed, resumable at any step.

The network is built and traced once; every run then starts from its own seed, so that several seeds
share the trace. What is random follows from the seed alone (`streams`). Progress goes to callbacks,
nothing is printed.

    trainer = Trainer(network.graph, network.base_filters, digits, recipes.get("short").config())
    results = [trainer.run(seed) for seed in range(3)]
"""

import contextlib
import hashlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from nasbench_templates.data.core.dataset import Dataset
from nasbench_templates.data.core.splits import AnySplit
from nasbench_templates.graph import imported
from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.keras_io import keras_builder
from nasbench_templates.support import cpu_kernels
from nasbench_templates.support.errors import ConfigError, TrainingError
from nasbench_templates.training import (
    bilevel,
    checkpoints,
    devices,
    optimizers,
    preparation,
    schedules,
    scoring,
    streams,
)
from nasbench_templates.training.checkpoints import CheckpointFolder
from nasbench_templates.training.config import TrainConfig
from nasbench_templates.training.metrics import EpochMetrics, TrainResult
from nasbench_templates.training.run_state import RunState
from nasbench_templates.training.steps import backends, common

if TYPE_CHECKING:
    from nasbench_templates.training.distribution import Distribution


class Trainer:
    """A network with everything that is needed to train it, built and traced once.

    Args:
        graph: the network.
        filters: one width for every slot.
        dataset: the splits; without a validation split nothing is evaluated before the end.
        config: the settings of every run. With `deterministic` the process is made deterministic.
        distribution: replicas that share each batch; one device by default.
        first_weights: what every run starts from, in the order of the network's weights; by default
            the seed decides.

    Raises:
        SpecError: the widths do not fit the graph.
        ConfigError: graph and data set differ in image shape or classes, the batch is larger than
            the training split or cannot be shared, determinism is not to be had, or shares are to
            be mixed that the network does not have.
    """

    def __init__(
        self,
        graph: LayerGraph,
        filters: Sequence[int],
        dataset: Dataset,
        config: TrainConfig,
        distribution: "Distribution | None" = None,
        first_weights: Sequence[np.ndarray] | None = None,
    ):
        config.check_fits(dataset.train.num_images)
        preparation.check_augmentation(dataset, config)
        config.check_replicas(None if distribution is None else distribution.num_replicas)
        if config.deterministic:
            devices.enable_determinism()
        self._graph = graph
        self._filters = tuple(filters)
        self._dataset = dataset
        self._config = config
        self._distribution = distribution
        self._first_weights = first_weights
        self._mixing_rows = bilevel.mixing_rows(dataset.train, config)
        self._train_split = bilevel.without_rows(dataset.train, self._mixing_rows)
        with distribution.strategy.scope() if distribution else contextlib.nullcontext():
            self._build()
        self._trace()

    def _build(self) -> None:
        config, dataset = self._config, self._dataset
        self._network = keras_builder.build_keras(
            self._graph,
            self._filters,
            batch_norm_momentum=config.batch_norm_momentum,
            synchronized_batch_norm=config.synchronized_batch_norm,
            dtype=config.precision,
        )
        preparation.check_network(self._network, dataset)
        takes_pixels = imported.takes_pixels(self._graph)
        normalization = preparation.make_normalization(dataset, takes_pixels)
        image = keras.Input(dataset.input_shape, name="raw_image")
        self._model = keras.Model(image, self._network(normalization(image)), name="model")
        num_replicas = 1 if self._distribution is None else self._distribution.num_replicas
        self._optimizer = optimizers.make_optimizer(config, num_replicas)
        self._parts = common.Parts(
            preparation=preparation.make_preparation(dataset, config, takes_pixels),
            normalization=normalization,
            network=self._network,
            optimizer=self._optimizer,
            weight_decay=config.weight_decay,
            label_smoothing=config.label_smoothing,
            use_xla=config.use_xla,
            distribution=self._distribution,
            mixing=bilevel.make_mixing(self._network, self._graph, config),
        )
        self._optimizer.build(self._parts.trainables)
        self._steps = backends.make_steps(self._parts)

    @property
    def model(self) -> keras.Model:
        """The network with normalisation included, at the weights of the last run.

        It maps images `(batch, height, width, channels)` on the scale of the data set's pixels to
        logits `(batch, classes)`.
        """
        return self._model

    @property
    def is_distributed(self) -> bool:
        """Whether several devices may share each batch."""
        return self._distribution is not None

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches of training images, without those that shares are learned on."""
        return self._train_split.num_images // self._config.batch_size

    def run(
        self,
        seed: int,
        *,
        checkpoint: Path | None = None,
        checkpoint_interval_s: float = checkpoints.INTERVAL_S,
        on_start: Callable[[tuple[EpochMetrics, ...], int], None] | None = None,
        on_epoch: Callable[[EpochMetrics], None] | None = None,
        on_step: Callable[[int, int], None] | None = None,
        stop_reason: Callable[[], str | None] | None = None,
        stop_after_epochs: int | None = None,
    ) -> TrainResult:
        """Trains from new weights or from a checkpoint, then evaluates the test split.

        Args:
            seed: at least 0. Under `deterministic` the same seed gives the same result,
                interrupted or not, and whatever ran before.
            checkpoint: folder to resume from if it holds checkpoints, and to save them to; the
                caller removes it.
            checkpoint_interval_s: least number of seconds between two saves; large networks save
                more rarely, so that saving takes at most a twentieth of the time.
            on_start: called once before the first step with the complete epochs that a checkpoint
                brought and the steps that were made since, nothing and 0 in a new run.
            on_epoch: called after every epoch that is trained here, before the epoch is saved: what
                it writes is never behind a checkpoint.
            on_step: called after every step with the epoch and the number of its steps so far.
            stop_reason: asked after every step; anything but `None` saves and ends the run.
            stop_after_epochs: saves and ends the run once so many epochs are complete, as
                `metrics.pause_reason` says; the last epoch too, without evaluating the test split.

        Raises:
            TrainingError: a loss is not finite; the message names epoch and step.
            ConfigError: the checkpoint belongs to another run, or was computed by other kernels.
            OSError: the checkpoint cannot be written.
        """
        self._reset(seed)
        folder = None if checkpoint is None else CheckpointFolder(checkpoint)
        state = RunState() if folder is None else self._resume(folder, seed)
        self._check_workers_agree(seed, state)
        if on_start is not None:
            on_start(tuple(state.history), state.num_steps)
        writes = self._distribution is None or self._distribution.is_chief
        saver = checkpoints.Saver(
            folder if writes else None,
            checkpoint_interval_s,
            lambda: self._checkpoint(seed, state),
        )
        stopped = state.pause_reason(stop_after_epochs)
        while state.epoch <= self._config.epochs and stopped is None:
            stopped = self._train_epoch(seed, state, saver, on_step, stop_reason)
            if stopped is None:
                ended = self._finish_epoch(state)
                if on_epoch is not None:
                    on_epoch(ended)
                stopped = state.pause_reason(stop_after_epochs)
                # After the last epoch in any case: what follows may take a while.
                if saver.is_due or state.epoch > self._config.epochs:
                    saver.save(self._step(state))
        if stopped is not None:
            saver.save(self._step(state))
        return self._result(state, stopped)

    def evaluate(self, split: AnySplit) -> tuple[float, float]:
        """Returns mean cross entropy in nats and accuracy (0..1) over every image of a split."""
        with self._averaged_weights():
            return scoring.evaluate(self._steps.predict, split)

    def _result(self, state: RunState, stopped: str | None) -> TrainResult:
        if stopped is None:
            for weight, average in self._averages():
                weight.assign(average)
        return TrainResult(
            history=tuple(state.history),
            val_accuracy=state.history[-1].val_accuracy if state.history else None,
            test_accuracy=self.evaluate(self._dataset.test)[1] if stopped is None else None,
            train_seconds=state.train_seconds,
            stopped=stopped,
        )

    def _trace(self) -> None:
        # One step on any images compiles everything, so that no run's time contains it. What it did
        # to the weights is undone by the reset at the start of every run.
        batch = next(self._batches(self._train_split, 0, 1))
        self._steps.train(*batch, 0.0)
        if self._steps.mix is not None:
            self._steps.mix(*batch)
        self._reset(0)

    def _reset(self, seed: int) -> None:
        keras_builder.initialize(self._network, self._graph, streams.weights_seed(seed))
        if self._first_weights is not None:
            self._network.set_weights(self._first_weights)
        for optimizer in self._optimizers():
            optimizers.reset(optimizer)

    def _optimizers(self) -> list[keras.optimizers.Optimizer]:
        mixing = self._parts.mixing
        return [self._optimizer] if mixing is None else [self._optimizer, mixing.optimizer]

    def _batches(
        self, split: AnySplit, seed: int, epoch: int, num_done: int = 0
    ) -> Iterator[common.Batch]:
        """Yields images, labels and draws of the steps that an epoch on a split still has."""
        config = self._config
        count, size = split.num_images // config.batch_size, config.batch_size
        order = streams.epoch_order(seed, epoch, split.num_images)[: count * size]
        draws = preparation.draw(self._dataset, seed, epoch, len(order))
        rows = order.reshape(count, size)[num_done:]
        draws = draws.reshape(count, size, -1)[num_done:]
        if self._distribution is not None:
            rows, draws = map(self._distribution.of_this_worker, (rows, draws))
        is_cropped = "random_resized_crop" in config.augmentation
        crop_seed = streams.crop_seed(seed, epoch) if is_cropped else None
        images = split.batches(rows.reshape(-1), rows.shape[1], crop_seed)
        for batch, batch_rows, batch_draws in zip(images, rows, draws, strict=True):
            yield batch, split.labels[batch_rows].astype(np.int32), batch_draws

    def _mixing_batches(self, seed: int, step: int) -> Iterator[common.Batch]:
        """Yields what shares are learned on from a step of the run on, without end."""
        split, seed = self._dataset.train.take(self._mixing_rows), streams.mixing_seed(seed)
        epoch, num_done = divmod(step, split.num_images // self._config.batch_size)
        while True:
            epoch += 1
            yield from self._batches(split, seed, epoch, num_done)
            num_done = 0

    def _train_epoch(
        self,
        seed: int,
        state: RunState,
        saver: checkpoints.Saver,
        on_step: Callable[[int, int], None] | None,
        stop_reason: Callable[[], str | None] | None,
    ) -> str | None:
        """Makes the steps that the epoch still has; returns why it was left early, or `None`."""
        outcomes: list[tuple[Any, Any]] = []
        step, rate = self._step(state), state.learning_rate
        mixing = self._mixing_batches(seed, step)
        start = time.perf_counter()
        for batch in self._batches(self._train_split, seed, state.epoch, state.num_steps):
            rate = schedules.learning_rate(self._config, step, self.steps_per_epoch)
            outcomes.append(self._steps.train(*batch, rate))
            if self._steps.mix is not None:
                self._steps.mix(*next(mixing))
            step += 1
            if on_step is not None:
                on_step(state.epoch, state.num_steps + len(outcomes))
            stopped = self._agreed(stop_reason)
            if saver.is_due or stopped is not None:
                state.settle(outcomes, rate, start)
                if stopped is not None:
                    return stopped
                saver.save(step)
                start = time.perf_counter()
        state.settle(outcomes, rate, start)
        return None

    def _finish_epoch(self, state: RunState) -> EpochMetrics:
        validation = self._dataset.validation
        loss, accuracy = (None, None) if validation is None else self.evaluate(validation)
        if loss is not None and not np.isfinite(loss):
            # The losses of the steps do not see what the last update did to the weights.
            raise TrainingError(
                f"the validation loss is not finite after epoch {state.epoch}: received {loss}"
            )
        return state.finish_epoch(self._config.batch_size, loss, accuracy)

    def _step(self, state: RunState) -> int:
        return (state.epoch - 1) * self.steps_per_epoch + state.num_steps

    def _agreed(self, stop_reason: Callable[[], str | None] | None) -> str | None:
        """Returns why to stop; workers stop together, or one would wait for the others forever."""
        reason = None if stop_reason is None else stop_reason()
        if self._distribution is None:
            return reason
        return next(filter(None, self._distribution.texts(reason or "")), None)

    def _check_workers_agree(self, seed: int, state: RunState) -> None:
        if self._distribution is None:
            return
        received = self._distribution.texts(f"{self._fingerprint(seed)} at {self._step(state)}")
        if len(set(received)) > 1:
            raise ConfigError(
                "expected the same network, data, settings and checkpoint on every worker, "
                f"received {' | '.join(received)} (hash of the run, steps)"
            )

    def _averages(self) -> list[tuple[keras.Variable, keras.Variable]]:
        """Returns each weight with its moving average; nothing before the first step."""
        averages = optimizers.weight_averages(self._optimizer)
        if not averages or not int(self._optimizer.iterations.numpy()):
            return []
        return list(zip(self._parts.trainables, averages, strict=True))

    @contextlib.contextmanager
    def _averaged_weights(self) -> Iterator[None]:
        pairs = self._averages()
        kept = [keras.ops.convert_to_numpy(weight).copy() for weight, _ in pairs]
        for weight, average in pairs:
            weight.assign(average)
        try:
            yield
        finally:
            for (weight, _), value in zip(pairs, kept, strict=True):
                weight.assign(value)

    def _variables(self) -> list[keras.Variable]:
        optimizers = (each.variables for each in self._optimizers())
        return [*self._network.variables, *itertools.chain.from_iterable(optimizers)]

    def _checkpoint(self, seed: int, state: RunState) -> checkpoints.Checkpoint:
        return checkpoints.Checkpoint(
            fingerprint=self._fingerprint(seed),
            values=(
                *(np.array(keras.ops.convert_to_numpy(each)) for each in self._variables()),
                self._mixing_rows,
            ),
            progress=state.to_text(),
            kernels=cpu_kernels.current_name(),
        )

    def _resume(self, folder: CheckpointFolder, seed: int) -> RunState:
        saved = folder.load()
        if saved is None:
            return RunState()
        if saved.fingerprint != self._fingerprint(seed):
            raise ConfigError(
                f"{folder.path}: expected a checkpoint of this network, data set, seed and "
                "configuration, received that of another run"
            )
        cpu_kernels.check(saved.kernels)
        *values, rows = saved.values
        if not np.array_equal(rows, self._mixing_rows):
            raise ConfigError(f"{folder.path}: expected shares learned on the same images, not so")
        for variable, value in zip(self._variables(), values, strict=True):
            variable.assign(value)
        return RunState.from_text(saved.progress)

    def _fingerprint(self, seed: int) -> str:
        parts = (
            self._graph.in_full(),
            self._filters,
            self._dataset.checksum,
            self._dataset.mean,
            self._dataset.std,
            self._config.to_dict(),
            seed,
            keras.backend.backend(),
            [hashlib.sha256(each.tobytes()).hexdigest() for each in self._first_weights or ()],
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()
