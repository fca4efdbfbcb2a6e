r"""Train one network under one template; resumable at any step.

--output_dir receives config.json, architecture.json, metrics.jsonl (one object for each epoch),
result.json, model.keras, logs for TensorBoard (logs/), and checkpoints while the run is unfinished.
The same command again prints what is stored, or resumes where the run was stopped; while the run is
under way it is refused.

How a run ends:
  finished     exit status 0.
  interrupted  SIGTERM or Ctrl-C: the step under way is finished and saved, exit status 128 + the
               signal's number. --max_train_seconds: saved likewise, exit status 0; val_accuracy is
               that of the weights at the stop, test_accuracy is null: the test split is evaluated
               once, when a run finishes. The same command trains for as long again.
  failed       exit status 1: a loss that is not finite, damaged data, a full disk.

Several devices: --distribution=mirrored takes all GPUs of this machine; multi_worker takes the
machines in the environment variable TF_CONFIG, on each of which the same command runs with the same
--output_dir on a shared file system. --batch_size counts the images of all devices together. Worker
0 writes the files. A signal to one worker stops all of them after the same step, each with exit
status 128 + the signal's number; where a worker dies, the others end with exit status 1. Either way
the same command on all workers resumes.

Try:
  nasbench-templates train --model=resnet20 --dataset=digits --output_dir=/tmp/digits
  nasbench-templates train --model=vgg19 --template=d --dataset=cifar10 --data_dir=DIR \
      --recipe=myth_cifar --output_dir=results/vgg19_d
  nasbench-templates train --model=resnet20 --dataset=esc50 --data_dir=DIR --fold=all \
      --recipe=auto --epochs=30 --output_dir=results/esc50
  nasbench-templates train --flagfile=experiments/presets/fashion_mnist_cell.flags \
      --data_dir=DIR --output_dir=results/fashion
"""

import contextlib
import dataclasses
import math
import pathlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags, logging

from nasbench_templates.cli import cross_validation, output, progress, stop_signals
from nasbench_templates.cli.flags import (
    audio_flags,
    device_flag,
    match_flags,
    network_flags,
    training_flags,
)
from nasbench_templates.data import loading
from nasbench_templates.data.core import dataset as datasets
from nasbench_templates.design import planning
from nasbench_templates.design.design import Design
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.runs import folders, training_run
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import checkpoints, devices, recipes
from nasbench_templates.training.config import TrainConfig

if TYPE_CHECKING:
    from nasbench_templates.training.distribution import Distribution

_DISTRIBUTIONS = ("none", "mirrored", "multi_worker")


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    network_flags.define_network_flags(flag_values)
    flags.DEFINE_string(
        "template", "base", "distribution of the filters (see: list templates)",
        flag_values=flag_values,
    )  # fmt: skip
    match_flags.define_match_flags(flag_values)
    all_folds = f"a number, or {audio_flags.ALL_FOLDS}: a run for each in folders fold1 and so on"
    training_flags.define_data_flags(flag_values, None, all_folds)
    flags.DEFINE_enum(
        "train_on",
        "train",
        ["train", "all"],
        "all: the validation images too, as in the papers; nothing is evaluated before the end",
        flag_values=flag_values,
    )
    flags.DEFINE_integer(
        "limit_train_images",
        None,
        "train on so many images, drawn evenly from the classes, for a quick look",
        lower_bound=1,
        flag_values=flag_values,
    )
    training_flags.define_recipe_flags(flag_values, recipes.AUTO, "")
    training_flags.define_setting_flags(flag_values)
    flags.DEFINE_integer(
        "seed", 0, "decides weights, order and augmentation", lower_bound=0, flag_values=flag_values
    )
    _define_running_flags(flag_values)
    output.define_format_flag(flag_values)


def _define_running_flags(flag_values: flags.FlagValues) -> None:
    device_flag.define_device_flag(flag_values)
    flags.DEFINE_enum(
        "distribution", "none", list(_DISTRIBUTIONS), "how several devices share each batch",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_float(
        "max_train_seconds",
        None,
        "stop and save after so many seconds of this call's training (default: none)",
        lower_bound=0.0,
        flag_values=flag_values,
    )
    flags.DEFINE_float(
        "checkpoint_interval_s",
        checkpoints.INTERVAL_S,
        "least number of seconds between two checkpoints; saving takes a twentieth of the time at "
        "most, unless this is 0: then every step is saved",
        lower_bound=0.0,
        flag_values=flag_values,
    )
    for name in ("max_train_seconds", "checkpoint_interval_s"):
        flags.register_validator(
            name, lambda value: value is None or not math.isnan(value), "expected a number",
            flag_values=flag_values,
        )  # fmt: skip
    flags.DEFINE_bool(
        "tensorboard", True, "write logs for TensorBoard: tensorboard --logdir=OUTPUT_DIR/logs",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string("output_dir", None, "folder of the run", flag_values=flag_values)
    flags.DEFINE_bool(
        "dry_run", False, "print the network and the settings, train and write nothing",
        flag_values=flag_values,
    )  # fmt: skip
    training_flags.define_smoke_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Trains and prints the result; returns the exit status."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    progress.start_logging()
    with stop_signals.StopSignals() as signals:
        chosen = training_flags.chosen_dataset(flag_values)
        info = loading.find_info(*chosen)
        if flag_values.smoke and flag_values.epochs is None:
            flag_values.epochs = 1
        config = training_flags.train_config(
            flag_values, info.input_shape, info.is_streamed, info.is_audio
        )
        settings = network_flags.network_settings(flag_values, info.input_shape, info.num_classes)
        match = match_flags.match_settings(flag_values)
        (network,) = planning.plan(settings, [flag_values.template], match)
        if flag_values.dry_run:
            _log_plan(network, config)
            _print(flag_values.format, network.to_json())
            return 0
        if not flag_values.output_dir:
            raise ConfigError("expected a folder for the run, --output_dir=..., received none")
        devices.select(flag_values.device, flag_values.distribution != "none")
        folder = pathlib.Path(flag_values.output_dir)
        files.check_writable(folder)
        distribution = _distribution(flag_values.distribution, config, folder)
        signals.take()

        def train(path: pathlib.Path, found: datasets.DatasetInfo) -> tuple[int, dict[str, object]]:
            job = _job(flag_values, _dataset(flag_values, found, chosen[1]), settings, network)
            with _lost_workers_reported(distribution):
                return _train(flag_values, job, path, distribution, signals)

        if flag_values.fold == audio_flags.ALL_FOLDS:
            *others, audio = chosen

            def train_fold(fold: int) -> tuple[int, dict[str, object]]:
                choices = dataclasses.replace(audio, fold=fold)
                return train(folder / f"fold{fold}", loading.find_info(*others, choices))

            return cross_validation.run(info.name, info.folds, train_fold, flag_values.format)
        status, result = train(folder, info)
        _print(flag_values.format, result)
        return status


def _job(
    flag_values: flags.FlagValues,
    dataset: datasets.Dataset,
    settings: NetworkSettings,
    network: Design,
) -> training_run.TrainingRun:
    # Whether a set of the user's own is streamed is known only now.
    config = training_flags.train_config(
        flag_values, dataset.input_shape, dataset.is_streamed, dataset.is_audio
    )
    return training_run.TrainingRun(
        settings, network, dataset, config, flag_values.seed, flag_values.smoke
    )


def _distribution(kind: str, config: TrainConfig, folder: pathlib.Path) -> "Distribution | None":
    """Returns the devices, after all that can be refused without the data."""
    if kind == "none":
        config.check_replicas(None)
        return None
    if devices.keras_backend() != "tensorflow":
        raise ConfigError(f"--distribution={kind} needs KERAS_BACKEND=tensorflow")
    from nasbench_templates.training.distribution import make_distribution

    distribution = make_distribution(kind)
    config.check_replicas(distribution.num_replicas)
    distribution.check_shared(folder)
    logging.info("distribution: %s, %d replicas, this is worker %d of %d", kind,
                 distribution.num_replicas, distribution.worker,
                 distribution.num_workers)  # fmt: skip
    return distribution


def _lost_workers_reported(
    distribution: "Distribution | None",
) -> contextlib.AbstractContextManager[None]:
    return (
        contextlib.nullcontext() if distribution is None else distribution.lost_workers_reported()
    )


def _dataset(
    flag_values: flags.FlagValues, info: datasets.DatasetInfo, data_dir: str | None
) -> datasets.Dataset:
    dataset = loading.load_found(info, data_dir)
    if flag_values.train_on == "all":
        dataset = dataset.with_validation_in_training()
    if flag_values.limit_train_images is not None:
        dataset = dataset.with_limited_training(flag_values.limit_train_images)
    if flag_values.smoke:
        dataset = dataset.with_limited_splits(training_run.SMOKE_IMAGES)
        logging.warning(
            "smoke run: %d images a split; figures mean nothing", training_run.SMOKE_IMAGES
        )
    return dataset


def _train(
    flag_values: flags.FlagValues,
    job: training_run.TrainingRun,
    path: pathlib.Path,
    distribution: "Distribution | None",
    signals: stop_signals.StopSignals,
) -> tuple[int, dict[str, object]]:
    """Trains or reads back; returns the exit status and the result."""
    job.config.check_fits(job.dataset.train.num_images)
    folder = folders.RunFolder.at(path, job.identity())
    # Of several workers, which share the folder, one writes.
    is_writer = distribution is None or distribution.is_chief
    with folder.locked() if is_writer else contextlib.nullcontext():
        return _train_in(flag_values, job, folder, distribution, signals)


def _train_in(
    flag_values: flags.FlagValues,
    job: training_run.TrainingRun,
    folder: folders.RunFolder,
    distribution: "Distribution | None",
    signals: stop_signals.StopSignals,
) -> tuple[int, dict[str, object]]:
    known = folder.finished()
    if known is not None:
        logging.info("%s: finished before, read back", folder.path)
        return 0, known
    _log_plan(job.network, job.config)
    logging.info("data: %s, %s, %s images", job.dataset.name, job.dataset.source,
                 " / ".join(map(str, job.dataset.num_images)))  # fmt: skip
    logging.info("device: %s", devices.describe(distribution is not None))
    trainer = job.trainer(distribution)
    limit = _TimeLimit(flag_values.max_train_seconds)
    with progress.StepProgress(job.config.epochs, trainer.steps_per_epoch) as shown:
        watch = training_run.Watch(
            on_start=shown.on_start,
            on_epoch=shown.on_epoch,
            on_step=shown.on_step,
            stop_reason=lambda: signals.name or limit.reason(),
            checkpoint_interval_s=flag_values.checkpoint_interval_s,
            has_event_logs=flag_values.tensorboard,
            is_writer=distribution is None or distribution.is_chief,
        )
        signals.hold()
        result = training_run.train(job, folder, trainer, watch)
    is_time_over = limit.text is not None and result["reason"] == limit.text
    if is_time_over:
        result = training_run.validate_unfinished(job, folder, trainer, result, watch)
    if distribution is not None:
        # Where one worker leaves, TensorFlow ends the others, which may still be writing.
        distribution.texts("done")
    if result["status"] == folders.FINISHED:
        return 0, result
    logging.warning("%s: saved; the same command resumes", result["reason"])
    return (0 if is_time_over else stop_signals.status(result["reason"])), result


@dataclasses.dataclass(slots=True)
class _TimeLimit:
    """The seconds that this call may train, counted from the first question."""

    seconds: float | None
    _start: float | None = None

    @property
    def is_over(self) -> bool:
        if self.seconds is None or self._start is None:
            return False
        return time.monotonic() - self._start >= self.seconds

    @property
    def text(self) -> str | None:
        """The reason of a run that the limit stopped; `None` without a limit."""
        return None if self.seconds is None else f"max_train_seconds={self.seconds:g} reached"

    def reason(self) -> str | None:
        """Returns why to stop, or `None`."""
        if self._start is None:
            self._start = time.monotonic()
        return self.text if self.is_over else None


def _log_plan(network: Design, config: TrainConfig) -> None:
    logging.info("network: %s, input %s, template %s, filters %s, gap %+.4f",
                 network.architecture.name, "x".join(map(str, network.architecture.input_shape)),
                 network.template, list(network.filters), network.gap)  # fmt: skip
    logging.info("cost: %d MACs, %d params", network.cost.macs, network.cost.params)
    logging.info("settings: %s", ", ".join(
        f"{name} {value}" for name, value in config.chosen().items()))  # fmt: skip


def _print(form: str, row: dict[str, object]) -> None:
    if form == "json":
        print(output.render_json([row]))
    elif form == "csv":
        flat = {key: value for key, value in row.items() if not isinstance(value, dict)}
        print(output.render_csv([flat]))
    else:
        shown = {
            key: output.short_list(value) if key == "filters" else value
            for key, value in row.items()
            if not isinstance(value, dict) and key not in ("data_checksum", "schema")
        }
        print(output.render_pairs(shown))
