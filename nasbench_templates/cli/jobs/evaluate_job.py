"""Train and measure one network under templates; one table, next to the benchmark's record.

Matches each template to the base's cost, builds the networks, trains them with one recipe and the
seeds asked for, and prints a row for each template. Every (template, seed) has a folder below
--output_dir: a second call prints what is stored, an interrupted one resumes.

Several runs train at the same time, each in a process of its own (--workers). A run that another
process trains is waited for at the end. Ctrl-C and SIGTERM save all of them.

Without --data_dir the digits of scikit-learn need no download; with it nothing is ever downloaded.

Try:
  nasbench-templates evaluate --cell=resnet --dataset=digits
  nasbench-templates evaluate --cell=best --dataset=cifar10 --data_dir=DIR --epochs=4 --seeds=0,1,2
  nasbench-templates evaluate --cell=inception --records=nasbench101.csv.gz --format=json
"""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from absl import flags, logging

from nasbench_templates.cli import design_table, evaluation_table, output, progress, running
from nasbench_templates.cli.flags import (
    asked_training,
    match_flags,
    network_flags,
    number_flags,
    running_flags,
    training_flags,
)
from nasbench_templates.design import planning
from nasbench_templates.design.design import Design
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.execution import evaluation
from nasbench_templates.networks.cells import Cell
from nasbench_templates.runs.spec import SMOKE_IMAGES
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import presets

# The table of the last command, beside the runs.
_TABLES = ("results.json", "results.csv")


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    network_flags.define_network_flags(flag_values)
    match_flags.define_templates_flag(flag_values)
    match_flags.define_match_flags(flag_values)
    training_flags.define_data_flags(flag_values, "digits")
    training_flags.define_amount_flags(flag_values)
    training_flags.define_recipe_flags(flag_values, None, "; default: by the images' size, printed")
    training_flags.define_setting_flags(flag_values)
    flags.DEFINE_string(
        "seeds", "0", "one run for each of these, e.g. 0,1,2", flag_values=flag_values
    )
    running_flags.define_running_flags(flag_values)
    running_flags.define_tensorboard_flag(flag_values, is_on=False)
    flags.DEFINE_string(
        "output_dir",
        "results/evaluate",
        "folder for the runs and, as results.csv and results.json, the last command's table",
        flag_values=flag_values,
    )
    flags.DEFINE_bool(
        "dry_run", False, "print the matched networks, train and write nothing",
        flag_values=flag_values,
    )  # fmt: skip
    training_flags.define_smoke_flag(flag_values)
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Evaluates and prints; returns 0, 1 if a run failed, or 128 + the number of a signal."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    progress.start_logging()
    asked = asked_training.asked(flag_values)
    preset, network, config = asked.preset, asked.network, asked.config
    settings = evaluation.EvaluationSettings(
        network_flags.label(flag_values.cell, network),
        asked.data,
        config,
        _seeds(flag_values),
        _folder(flag_values),
    )
    names = match_flags.template_names(flag_values)
    designs = planning.plan(network, names, match_flags.match_settings(flag_values))
    record = _record(flag_values, network)
    if flag_values.dry_run:
        _log_plan(flag_values, settings, preset, designs)
        design_table.print_plan(flag_values.format, designs)
        return 0
    _check_output(settings.output_dir)
    num_runs = len(designs) * len(settings.seeds)
    with running.Session(flag_values, num_runs, num_runs * config.epochs) as session:
        session.check(config, settings.output_dir)
        _log_plan(flag_values, settings, preset, designs)
        rows = evaluation.evaluate(settings, designs, session.context, **session.watch)
        _write_and_print(flag_values, settings, rows, record)
        for row in rows:
            for seed, reason in row.failures.items():
                logging.error("template %s, seed %d failed: %s", row.design.template, seed, reason)
        return session.status()


def _seeds(flag_values: flags.FlagValues) -> tuple[int, ...]:
    seeds = number_flags.integers("seeds", flag_values.seeds)
    if len(set(seeds)) < len(seeds):
        raise ConfigError(f"expected each seed once, received --seeds={flag_values.seeds}")
    return seeds


def _folder(flag_values: flags.FlagValues) -> pathlib.Path:
    if not flag_values.output_dir:
        raise ConfigError("expected a folder for --output_dir, received an empty text")
    return pathlib.Path(flag_values.output_dir)


def _record(flag_values: flags.FlagValues, network: NetworkSettings) -> Mapping[str, Any] | None:
    """Returns what the benchmark holds of the cell: from the files given, else as published."""
    from nasbench_templates.benchmark_records import lookup, published_records

    cell = network.options.get("cell")
    module_hash = cell.hash() if isinstance(cell, Cell) and cell.in_space else None
    if module_hash is None:
        return None
    found = lookup.find_record(flag_values.records, module_hash) if flag_values.records else None
    found = found or published_records.published_record(module_hash)
    if found is None:
        return None
    return {
        "source": found.source,
        "module_hash": found.module_hash,
        "validation_accuracy": list(found.validation_accuracy),
        "test_accuracy": list(found.test_accuracy),
        "training_time": list(found.training_time),
    }


def _check_output(folder: pathlib.Path) -> None:
    files.check_output(folder)
    for name in _TABLES:
        if (folder / name).is_dir():
            raise ConfigError(f"{folder / name}: expected a file to write, found a folder")


def _log_plan(
    flag_values: flags.FlagValues,
    settings: evaluation.EvaluationSettings,
    preset: presets.Preset,
    designs: Sequence[Design],
) -> None:
    network = designs[0].network
    if network is None:
        raise ConfigError("expected a network of settings, received an architecture")
    shown = {key: value for key, value in network.options.items() if key != "cell"}
    logging.info("network: %s, %s, input %s, %s", network.title, settings.label,
                 "x".join(map(str, network.input_shape)), shown or "default settings")  # fmt: skip
    source = "--recipe" if flag_values.recipe else f"preset for {flag_values.dataset}"
    logging.info("recipe (%s): %s, %s", source, flag_values.recipe or preset.recipe,
                 settings.config.to_dict())  # fmt: skip
    for row in designs:
        logging.info("template %s: filters %s, %d MACs, %s; seeds %s", row.template_title,
                     list(row.filters), row.cost.macs, design_table.gap(row),
                     ",".join(map(str, settings.seeds)))  # fmt: skip
    if settings.data.smoke_images is not None:
        logging.warning("smoke run: %d images a split; figures mean nothing", SMOKE_IMAGES)


def _write_and_print(
    flag_values: flags.FlagValues,
    settings: evaluation.EvaluationSettings,
    rows: Sequence[evaluation.EvaluationRow],
    record: Mapping[str, Any] | None,
) -> None:
    records = [row.to_json(record) for row in rows]
    flat = output.render_csv([evaluation_table.csv_row(each) for each in records])
    table_json, table_csv = (settings.output_dir / name for name in _TABLES)
    with files.kept_where_possible():
        files.write_json(table_json, {"rows": records})
        with files.replacing_text(table_csv) as file:
            file.write(flat + "\n")
    if flag_values.format == "json":
        print(output.render_json(records))
    elif flag_values.format == "csv":
        print(flat)
    else:
        print(evaluation_table.render(rows))
        print(evaluation_table.footnote(settings, record))
