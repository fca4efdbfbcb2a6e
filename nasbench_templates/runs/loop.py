"""The one place that carries out a run: claim, look, train or resume, measure, record.

    loop = RunLoop(Context())
    outcome = loop.carry_out(task)

Another process may finish a run at any moment, so whether it is finished is asked only while its
folder is locked. A loop keeps the last data set and the last traced network, which the next run
often shares.
"""

import contextlib
import dataclasses
import functools
import os
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from absl import logging

from nasbench_templates.data.core import checksum_cache
from nasbench_templates.runs import events, run_files
from nasbench_templates.runs.context import Context
from nasbench_templates.runs.events import EpochEnded, OnEvent, Outcome, Preparing, Started, Stepped
from nasbench_templates.runs.folders import RunFolder
from nasbench_templates.runs.spec import LATENCY
from nasbench_templates.runs.task import Task
from nasbench_templates.support.errors import ConfigError, HeldError, TrainingError, describe
from nasbench_templates.training import checkpoints, devices, metrics
from nasbench_templates.training.metrics import EpochMetrics, TrainResult

if TYPE_CHECKING:
    import keras

    from nasbench_templates.data.core.dataset import Dataset, DatasetInfo
    from nasbench_templates.runs.data_request import DataRequest
    from nasbench_templates.training.trainer import Trainer

StopReason = Callable[[], str | None]
# What is wrong with the command, its data or its disk ends all runs, not one.
_FOR_ALL = (ValueError, LookupError, OSError)


class RunLoop:
    """Carries out runs one after another in this process.

    Args:
        context: what they share.
        on_event: told of everything that happens.
        stop_reason: asked after every step; anything but `None` saves and ends the run.
        is_measuring: whether what a run asks for is timed right after its training; else later, by
            `measure`.
    """

    def __init__(
        self,
        context: Context,
        on_event: OnEvent = events.ignore,
        stop_reason: StopReason = lambda: None,
        *,
        is_measuring: bool = True,
    ):
        self._context = context
        self._on_event = on_event
        self._stop_reason = stop_reason
        self._is_measuring = is_measuring
        self._data: tuple[DataRequest, Dataset] | None = None
        self._infos: dict[DataRequest, tuple[DatasetInfo, str | None]] = {}
        self._checksums: dict[DataRequest, str] = {}
        self._trainer: tuple[object, Trainer] | None = None

    def look(self, task: Task) -> Outcome | None:
        """Returns the outcome of a run that is finished, or as far as asked; `None` of any other.

        Raises:
            DataError: its data set is not whole or damaged.
            ConfigError: a data set that does not exist, a backend that is not installed, or a
                folder that holds another run.
        """
        folder = self._folder(task)
        result = folder.finished()
        if result is not None:
            return _finished(task, folder, result, is_known=True)
        if task.stop_after_epochs is not None:
            result = folder.paused(task.stop_after_epochs)
        return None if result is None else _paused(task, folder, result, is_known=True)

    def carry_out(self, task: Task) -> Outcome:
        """Trains or resumes a run unless it is finished; measures and records it.

        Raises:
            DataError: its data set is not whole or damaged.
            ConfigError: a data set that does not exist, a batch larger than the training split, a
                backend that is not installed, a folder that holds another run, or, where the
                context says so, a run that another process trains.
            OSError: the folder cannot be written to.
            TrainingError: another worker of a distributed run is gone.
        """
        if (reason := self._stopped()) is not None:
            return Outcome(task, events.SKIPPED, reason=reason)
        folder = self._folder(task)
        try:
            with self._claimed(folder), self._lost_workers_reported():
                return self._carry_out(task, folder)
        except HeldError as error:
            if self._context.is_held_refused:
                raise
            return Outcome(task, events.HELD, str(folder.path), reason=str(error))
        except Exception as error:  # of a backend, or memory: this run fails, the others go on
            if isinstance(error, _FOR_ALL) and not self._context.is_failure_contained:
                raise
            logging.exception("%s", folder.path)
            reason = f"{type(error).__name__}: {describe(error)}"
            return Outcome(task, events.FAILED, str(folder.path), reason=reason)

    def folder(self, task: Task) -> RunFolder:
        """Returns the folder of a run, which need not be there yet; raises as `look`."""
        return self._folder(task)

    def is_held(self, task: Task) -> bool:
        """Returns whether a process works at a run just now."""
        return self._folder(task).is_held()

    def record_failure(self, task: Task, reason: str) -> Outcome | None:
        """Notes in its folder that an attempt at a run failed, for example as its process died.

        Returns:
            The outcome of a run that was finished all the same; else `None`.
        """
        folder = self._folder(task)
        # Another process may have gone on with it, and says what becomes of it; a full disk is
        # what the reason is about.
        with contextlib.suppress(HeldError, OSError), self._claimed(folder):
            result = folder.finished()
            if result is not None:
                return _finished(task, folder, result, is_known=False)
            folder.record_failure(reason)
        return None

    def measure(self, task: Task) -> Outcome:
        """Times what a finished run asks for and does not have yet.

        Returns:
            The outcome; `HELD` while another process is at the run, perhaps to measure it.

        Raises:
            DataError: the run's network is damaged.
            OSError: the folder cannot be written to.
        """
        folder = self._folder(task)
        try:
            with self._claimed(folder):
                result = folder.finished()
                if result is None:
                    return Outcome(task, events.FAILED, str(folder.path), reason="it was removed")
                if self._can_measure(task, folder, result):
                    result = self._measured(folder, result, run_files.load_model(folder.path))
                return _finished(task, folder, result, is_known=False)
        except HeldError as error:
            return Outcome(task, events.HELD, str(folder.path), reason=str(error))

    def load(self, data: "DataRequest") -> "Dataset":
        """Returns a data set; the last one is kept.

        Raises:
            DataError: it is not whole or damaged.
            ConfigError: it does not exist.
        """
        if self._data is None or self._data[0] != data:
            self._data = None  # the old one need not stay in memory while the new one is read
            info, state = self._info(data)
            dataset = data.load(info)
            checksum_cache.remember(state, dataset.checksum)
            self._data, self._checksums[data] = (data, dataset), dataset.checksum
        return self._data[1]

    def check_data(self, data: "DataRequest") -> None:
        """Reads a data set unless its checksum is known from before; raises as `load`."""
        self._checksum(data)

    def is_unmeasured(self, outcome: Outcome) -> bool:
        """Returns whether something that a finished run asks for was not timed yet, and can be."""
        folder = pathlib.Path(outcome.folder or "")
        return self._can_measure(outcome.task, folder, outcome.result or {})

    def _can_measure(
        self, task: Task, folder: RunFolder | pathlib.Path, result: Mapping[str, object]
    ) -> bool:
        path = folder if isinstance(folder, pathlib.Path) else folder.path
        # A run in a folder that cannot be written to is read as it is.
        is_writable = self._context.is_writer and os.access(path, os.W_OK)
        return is_writable and _is_unmeasured(task, result)

    def _checksum(self, data: "DataRequest") -> str:
        if data not in self._checksums:
            known = checksum_cache.known_checksum(self._info(data)[1])
            self._checksums[data] = known or self.load(data).checksum
        return self._checksums[data]

    def _info(self, data: "DataRequest") -> "tuple[DatasetInfo, str | None]":
        """Returns what was found of a data set, and the state that its files were listed in."""
        if data not in self._infos:
            info = data.find()
            self._infos[data] = info, data.state(info)
        return self._infos[data]

    def _folder(self, task: Task) -> RunFolder:
        return task.folder(task.spec.identity(self._checksum(task.spec.data)))

    @contextlib.contextmanager
    def _claimed(self, folder: RunFolder) -> Iterator[None]:
        if not self._context.is_writer:
            yield
            return
        with folder.locked():
            yield

    def _lost_workers_reported(self) -> contextlib.AbstractContextManager[None]:
        distribution = self._context.distribution
        if distribution is None:
            return contextlib.nullcontext()
        return distribution.lost_workers_reported()

    def _carry_out(self, task: Task, folder: RunFolder) -> Outcome:
        result = folder.finished()
        is_known = result is not None
        model: keras.Model | None = None
        if result is None:
            outcome, model = self._train(task, folder)
            self._wait_for_all_machines()
            if not outcome.is_finished:
                return outcome
            result = dict(outcome.result or {})
        if self._is_measuring and self._can_measure(task, folder, result):
            result = self._measured(folder, result, model or run_files.load_model(folder.path))
        return _finished(task, folder, result, is_known)

    def _train(self, task: Task, folder: RunFolder) -> "tuple[Outcome, keras.Model | None]":
        spec, context = task.spec, self._context
        self._on_event(Preparing(task))
        dataset = self.load(spec.data)
        spec.config.check_fits(dataset.train.num_images)
        _check_fits(task, dataset)
        checkpoints.CheckpointFolder(folder.checkpoints).use_kernels()
        trainer = self._trainer_of(task, dataset)
        device = devices.describe(trainer.is_distributed)
        if context.is_writer:
            folder.start(run_files.description(spec, dataset))
        record = functools.partial(run_files.result, spec, dataset, device=device)
        context.begin()
        try:
            trained = trainer.run(
                spec.seed,
                checkpoint=folder.checkpoints,
                checkpoint_interval_s=context.checkpoint_interval_s,
                on_start=functools.partial(self._report_start, task, folder, trainer, device),
                on_epoch=functools.partial(self._report_epoch, task, folder),
                on_step=lambda epoch, step: self._on_event(Stepped(task, epoch, step)),
                stop_reason=self._stopped,
                stop_after_epochs=task.stop_after_epochs,
            )
        except TrainingError as error:
            result = record("failed", str(error), run_files.trained_so_far(folder))
            return self._unfinished(task, folder, events.FAILED, result), None
        if trained.stopped is not None:
            return self._interrupted(task, folder, trainer, dataset, record, trained), None
        result = record("finished", None, trained)
        if context.is_writer:
            result = run_files.keep(folder, spec.design.label, trainer.model, result)
        return _finished(task, folder, result, is_known=False), trainer.model

    def _interrupted(
        self,
        task: Task,
        folder: RunFolder,
        trainer: "Trainer",
        dataset: "Dataset",
        record: Callable[..., dict[str, Any]],
        trained: TrainResult,
    ) -> Outcome:
        result = record("interrupted", trained.stopped, trained)
        outcome = self._unfinished(task, folder, events.INTERRUPTED, result)
        if task.stop_after_epochs and trained.stopped == metrics.pause_reason(
            task.stop_after_epochs
        ):
            return _paused(task, folder, dict(outcome.result or {}), is_known=False)
        is_over = trained.stopped == self._context.time_limit_reason
        if not is_over or dataset.validation is None:
            return outcome
        # The test split is for the end of a run: who stops often must not choose by it.
        accuracy = trainer.evaluate(dataset.validation)[1]
        result = {**result, "val_accuracy": accuracy}
        return self._unfinished(task, folder, events.INTERRUPTED, result)

    def _unfinished(
        self, task: Task, folder: RunFolder, status: str, result: dict[str, Any]
    ) -> Outcome:
        if self._context.is_writer:
            result = folder.record(result)
        kept = result if status == events.INTERRUPTED else None
        return Outcome(task, status, str(folder.path), kept, str(result["reason"]))

    def _trainer_of(self, task: Task, dataset: "Dataset") -> "Trainer":
        from nasbench_templates.training.trainer import Trainer

        spec = task.spec
        if self._trainer is None or self._trainer[0] != spec.trainer_key:
            self._trainer = None
            first = None if spec.first_weights is None else spec.first_weights.load()
            made = Trainer(
                spec.design.architecture.graph,
                spec.design.filters,
                dataset,
                spec.config,
                self._context.distribution,
                first,
            )
            self._trainer = spec.trainer_key, made
        return self._trainer[1]

    def _measured(
        self, folder: RunFolder, result: dict[str, Any], model: "keras.Model"
    ) -> dict[str, Any]:
        from nasbench_templates.measure import machine
        from nasbench_templates.measure.latency import measure_latency

        with machine.alone():
            latency = measure_latency(model)
        measured = {
            **result,
            "latency_ms": latency.median_ms,
            "latency": dataclasses.asdict(latency),
        }
        return folder.record(measured)

    def _report_start(
        self,
        task: Task,
        folder: RunFolder,
        trainer: "Trainer",
        device: str,
        history: tuple[EpochMetrics, ...],
        num_steps: int,
    ) -> None:
        # An attempt that was killed may have written epochs that its last checkpoint does not hold.
        if self._context.is_writer:
            folder.write_epochs(map(dataclasses.asdict, history))
        self._on_event(
            Started(
                task, str(folder.path), len(history), num_steps, trainer.steps_per_epoch, device
            )
        )

    def _report_epoch(self, task: Task, folder: RunFolder, ended: EpochMetrics) -> None:
        if self._context.is_writer:
            folder.write_epoch(dataclasses.asdict(ended))
            if self._context.has_event_logs:
                from nasbench_templates.training import event_logs

                event_logs.write_epoch(folder.event_logs, ended)
        self._on_event(EpochEnded(task, ended))

    def _wait_for_all_machines(self) -> None:
        if self._context.distribution is not None:
            # Where one worker leaves, TensorFlow ends the others, which may still be writing.
            self._context.distribution.texts("done")

    def _stopped(self) -> str | None:
        reason = self._stop_reason()
        if reason is None and self._context.is_time_over:
            return self._context.time_limit_reason
        return reason


def _finished(task: Task, folder: RunFolder, result: dict[str, Any], is_known: bool) -> Outcome:
    return Outcome(task, events.FINISHED, str(folder.path), result, is_known=is_known)


def _paused(task: Task, folder: RunFolder, result: dict[str, Any], is_known: bool) -> Outcome:
    return Outcome(
        task, events.PAUSED, str(folder.path), result, str(result["reason"]), is_known=is_known
    )


def _is_unmeasured(task: Task, result: Mapping[str, Any]) -> bool:
    return LATENCY in task.spec.measure and result.get("latency_ms") is None


def _check_fits(task: Task, dataset: "Dataset") -> None:
    architecture = task.spec.design.architecture
    expected = (architecture.input_shape, architecture.num_classes)
    received = (dataset.input_shape, dataset.num_classes)
    if expected != received:
        raise ConfigError(
            f"{task.spec.data.name}: expected images of shape {expected[0]} in {expected[1]} "
            f"classes, as the network takes, received {received[0]} in {received[1]}"
        )
