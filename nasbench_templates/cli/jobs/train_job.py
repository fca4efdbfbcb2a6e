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
               --stop_after_epochs=N: saved likewise after epoch N of the --epochs that are planned;
               the same command without it trains on, to the last bit as if it had not stopped.
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
  nasbench-templates train --preset=fashion_mnist_cell \
      --data_dir=DIR --output_dir=results/fashion
"""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Any

from absl import flags, logging

from nasbench_templates.cli import cross_validation, design_table, output, progress, running
from nasbench_templates.cli.flags import (
    audio_flags,
    match_flags,
    network_flags,
    running_flags,
    training_flags,
)
from nasbench_templates.data.core.dataset import DatasetInfo, sizes_text
from nasbench_templates.design import planning
from nasbench_templates.design.design import Design
from nasbench_templates.execution import engine
from nasbench_templates.keras_io import exporting
from nasbench_templates.runs import events
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.events import Outcome
from nasbench_templates.runs.spec import SMOKE_IMAGES, RunSpec
from nasbench_templates.runs.task import Task
from nasbench_templates.support import files, tables
from nasbench_templates.support.errors import ConfigError, TrainingError
from nasbench_templates.training import devices, recipes
from nasbench_templates.training.config import TrainConfig

# Of the result in a table; notes on the data were said when it was read.
_NOT_SHOWN = ("data_checksum", "data_notes", "schema")


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
    training_flags.define_amount_flags(flag_values)
    training_flags.define_recipe_flags(flag_values, recipes.AUTO, "")
    training_flags.define_setting_flags(flag_values)
    flags.DEFINE_integer(
        "seed", 0, "decides weights, order and augmentation", lower_bound=0, flag_values=flag_values
    )
    running_flags.define_running_flags(flag_values)
    flags.DEFINE_integer(
        "stop_after_epochs",
        None,
        "save and stop after so many of the planned --epochs, before the test split is evaluated",
        lower_bound=1,
        flag_values=flag_values,
    )
    running_flags.define_tensorboard_flag(flag_values, is_on=True)
    flags.DEFINE_string("output_dir", None, "folder of the run", flag_values=flag_values)
    flags.DEFINE_list(
        "export", [], "further forms of the trained network, called like it, in exports/ below "
        "--output_dir: keras (loads in plain Keras where all layers are standard), savedmodel, "
        "tflite",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_bool(
        "dry_run", False, "print the network and the settings, train and write nothing",
        flag_values=flag_values,
    )  # fmt: skip
    training_flags.define_smoke_flag(flag_values)
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Trains and prints the result; returns the exit status."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    progress.start_logging()
    data = training_flags.data_request(flag_values)
    info = data.find()
    exports = exporting.check_forms(flag_values.export, devices.keras_backend())
    if exports and flag_values.fold == audio_flags.ALL_FOLDS:
        raise ConfigError("--export: expected one run, received --fold=all")
    config = training_flags.train_config(flag_values, info)
    settings = network_flags.network_settings(flag_values, info.input_shape, info.num_classes)
    match = match_flags.match_settings(flag_values)
    (design,) = planning.plan(settings, [flag_values.template], match)
    if flag_values.dry_run:
        _log_plan(design, config)
        _print(flag_values.format, design.to_json())
        return 0
    if not flag_values.output_dir:
        raise ConfigError("expected a folder for the run, --output_dir=..., received none")
    folder = pathlib.Path(flag_values.output_dir)
    files.check_output(folder)
    is_whole = flag_values.fold == audio_flags.ALL_FOLDS
    spec = RunSpec(design, data, config, flag_values.seed)
    tasks = _folds(spec, info, folder) if is_whole else [Task(spec, folder)]
    tasks = [
        dataclasses.replace(task, stop_after_epochs=flag_values.stop_after_epochs) for task in tasks
    ]
    epochs = config.epochs * len(tasks)
    with running.Session(flag_values, len(tasks), epochs, is_held_refused=not is_whole) as session:
        session.check(config, folder)
        _log_plan(design, config)
        _log_data(data, info)
        outcomes = engine.carry_out(tasks, session.context, **session.watch)
        status = session.status()
    if is_whole:
        cross_validation.print_rows(info.folds, outcomes, flag_values.format)
        return status
    if outcomes[0].is_finished and exports and session.context.is_writer:
        _export(folder, design.label, exports)
    return _told(outcomes[0], flag_values.format, status)


def _export(folder: pathlib.Path, name: str, forms: Sequence[str]) -> None:
    from nasbench_templates.runs import run_files

    model = run_files.load_model(folder)
    model.name = name  # files from before call every network `model`
    # TensorFlow tells each step of its own through the same logger.
    logging.set_verbosity(logging.WARNING)
    written = exporting.export(model, folder / "exports", forms)
    logging.set_verbosity(logging.INFO)
    for path in written:
        logging.info("exported %s", path)


def _folds(spec: RunSpec, info: DatasetInfo, folder: pathlib.Path) -> list[Task]:
    if not info.folds:
        raise ConfigError(
            f"{info.name}: expected a data set with folds for --fold=all, it has none"
        )

    def request(fold: int) -> DataRequest:
        if spec.data.audio is None:
            raise ConfigError(f"{info.name}: expected audio for --fold=all, received images")
        return dataclasses.replace(spec.data, audio=dataclasses.replace(spec.data.audio, fold=fold))

    return [Task(spec.with_data(request(fold)), folder / f"fold{fold}") for fold in info.folds]


def _told(outcome: Outcome, form: str, status: int) -> int:
    if outcome.status == events.FAILED:
        raise TrainingError(outcome.reason)
    if outcome.result is not None:
        _print(form, dict(outcome.result))
    return status


def _log_data(data: DataRequest, info: DatasetInfo) -> None:
    sizes = info.split_sizes
    told = "" if sizes is None else f", {sizes_text(sizes, is_audio=info.is_audio)}"
    logging.info("data: %s%s; backend: %s", info.name, told, devices.keras_backend())
    if data.smoke_images is not None:
        logging.warning("smoke run: %d images a split; figures mean nothing", SMOKE_IMAGES)


def _log_plan(network: Design, config: TrainConfig) -> None:
    logging.info("network: %s, input %s, template %s, filters %s, %s",
                 network.architecture.name, "x".join(map(str, network.architecture.input_shape)),
                 network.template_title, list(network.filters),
                 design_table.gap(network))  # fmt: skip
    logging.info("cost: %d MACs (%.1f %% of the base's), %d params, %d of them trainable",
                 network.cost.macs, network.macs_percent_of_base, network.cost.params,
                 network.cost.trainable_params)  # fmt: skip
    logging.info("settings: %s", ", ".join(
        f"{name} {value}" for name, value in config.chosen().items()))  # fmt: skip


def _print(form: str, row: dict[str, Any]) -> None:
    if form == "json":
        print(output.render_json([row]))
    elif form == "csv":
        flat = {key: value for key, value in row.items() if not isinstance(value, dict)}
        print(output.render_csv([flat]))
    else:
        shown = {
            key: tables.short_list(value) if key == "filters" else value
            for key, value in row.items()
            if not isinstance(value, dict) and key not in _NOT_SHOWN
        }
        print(output.render_pairs(shown))
