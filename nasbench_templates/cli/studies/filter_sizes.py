"""The study of learned filter sizes: its flags, and how its networks are trained."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from absl import flags

from nasbench_templates.cli import progress, running, study_command
from nasbench_templates.cli.flags import training_flags
from nasbench_templates.data import loading
from nasbench_templates.data.data_folders import DataFolders
from nasbench_templates.execution import engine
from nasbench_templates.papers import outputs, published
from nasbench_templates.papers.filter_size_networks import Row
from nasbench_templates.papers.filter_size_rows import more_tables, result_table, table_rows
from nasbench_templates.papers.filter_size_trainings import (
    NetworkScale,
    Trained,
    Trainings,
    train_together,
)
from nasbench_templates.papers.registered import Study
from nasbench_templates.papers.studies import filter_sizes
from nasbench_templates.papers.studies.filter_sizes import SMALL, Settings
from nasbench_templates.papers.study import FULL, SEEDS, SMOKE, SMOKE_IMAGES
from nasbench_templates.report import result_tables
from nasbench_templates.runs import batch_sizes
from nasbench_templates.support import files

PUBLISHED_SEEDS = (0,)
# The shares of a few images are learned on a fifth of them.
SMOKE_BATCH = 8


def define_flags(flag_values: flags.FlagValues, study: Study) -> None:
    """Defines the study's flags; what is not given the scale decides."""
    study_command.define_scale_flags(flag_values, study.name)
    study_command.define_training_flags(flag_values)
    flags.DEFINE_list(
        "data_dir", [], "folder with the data set's files; or NAME=FOLDER", flag_values=flag_values
    )
    flags.DEFINE_list("tables", None, "which tables", flag_values=flag_values)
    flags.DEFINE_list("rows", [], "only these rows (default: all)", flag_values=flag_values)
    flags.DEFINE_string("dataset", None, "data set", flag_values=flag_values)
    for name, choices, text in (
        ("batch_norm", ["shared", "per_resolution"], "of blocks used at several resolutions"),
        ("filters", ["shared", "per_resolution"], "of blocks used at several resolutions"),
        ("subsampling", ["mean", "stride"], "how maps are halved"),
    ):
        flags.DEFINE_enum(name, None, choices, text, flag_values=flag_values)
    for name, text in (
        ("epochs", "passes over the training images"),
        ("batch_size", "images in a step"),
        ("channel_divisor", "divides all widths"),
        ("max_depth", "cuts deeper networks, of 8 to 20 layers as published"),
        ("depth_divisor", "divides all depths, of which four layers stay at least"),
        ("limit_train_images", "train on so many images"),
        ("limit_test_images", "keep at most so many images of every split"),
    ):
        flags.DEFINE_integer(name, None, text, lower_bound=1, flag_values=flag_values)
    flags.DEFINE_string(
        "seeds", None, "one run of every network for each (default: 0; small scale: 0,1,2)",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_float("mixing_rate", None, "of Adam on the shares", flag_values=flag_values)


def settings(flag_values: flags.FlagValues) -> Settings:
    """Returns the scale's settings with those given in their place."""
    scaled = Settings() if flag_values.scale == FULL and not flag_values.smoke else SMALL
    given = {
        field.name: getattr(flag_values, field.name)
        for field in dataclasses.fields(Settings)
        if getattr(flag_values, field.name) is not None
    }
    if "tables" in given:
        given["tables"] = tuple(given["tables"])
    chosen = dataclasses.replace(scaled, **given)
    if not flag_values.smoke:
        return chosen
    return dataclasses.replace(chosen, epochs=1, batch_size=min(chosen.batch_size, SMOKE_BATCH))


def chosen_seeds(flag_values: flags.FlagValues) -> tuple[int, ...]:
    """Returns those asked for, by default the paper's one and at the small scale three.

    Raises:
        ConfigError: not whole numbers of at least 0.
    """
    if flag_values.seeds is not None:
        return study_command.seeds(flag_values.seeds)
    is_single = flag_values.scale == FULL or flag_values.smoke
    return PUBLISHED_SEEDS if is_single else SEEDS


def run(flag_values: flags.FlagValues, study: Study, line: str) -> int:
    """Trains what is not trained yet, writes and prints the tables; returns the exit status."""
    chosen = settings(flag_values)
    rows, seeds = (
        filter_sizes.chosen_rows(chosen.tables, flag_values.rows),
        chosen_seeds(flag_values),
    )
    for check in (chosen.data, chosen.train_config):
        check()  # a dry run refuses what a run would
    folder = DataFolders.parse(flag_values.data_dir).of(chosen.dataset)
    reductions = chosen.reductions(flag_values.tables is not None)
    if flag_values.smoke:
        reductions = (*reductions, "smoke run on a few images: figures mean nothing")
    if flag_values.dry_run:
        info = loading.find_info(chosen.dataset, folder)
        scale = chosen.scale(info.input_shape, info.num_classes)
        for each in _tables(rows, scale, {}, reductions):
            print("\n".join(filter(None, (result_tables.to_markdown(each), each.note))))
        return 0
    about = {
        "study": study.name,
        "command": line,
        "scale": SMOKE if flag_values.smoke else flag_values.scale,
        "reductions": list(reductions),
        "settings": {
            **dataclasses.asdict(chosen), "tables": ",".join(chosen.tables),
            "rows": ",".join(row.name for row in rows), "seeds": ",".join(map(str, seeds)),
        },
    }  # fmt: skip
    return _carry_out(flag_values, chosen, rows, seeds, folder, about)


def _carry_out(
    flag_values: flags.FlagValues,
    chosen: Settings,
    rows: Sequence[Row],
    seeds: Sequence[int],
    data_folder: str | None,
    about: Mapping[str, Any],
) -> int:
    progress.start_logging()
    folder = study_command.output_folder(flag_values, about["study"])
    files.check_writable(folder)
    # The paper divides all training images in two; nothing is chosen by validation.
    data = chosen.data().request(data_folder, SMOKE_IMAGES if flag_values.smoke else None)
    info = data.find()
    scale = chosen.scale(info.input_shape, info.num_classes)
    config = batch_sizes.fitted_to(
        dataclasses.replace(chosen.train_config(), **training_flags.overrides(flag_values)),
        data,
        info,
        is_batch_chosen=flag_values.batch_size is not None,
        is_rate_chosen=flag_values.learning_rate is not None,
    )
    num_runs = len(rows) * len(seeds)
    with running.Session(flag_values, num_runs, num_runs * config.epochs) as session:
        session.check(config, folder)
        carry_out = functools.partial(engine.carry_out, context=session.context, **session.watch)
        trainings = {
            seed: Trainings(scale, data, config, seed, folder, carry_out) for seed in seeds
        }
        wanted = [(dict(row.options), row.threshold) for row in rows]
        train_together(tuple(trainings.values()), wanted, carry_out)
        trained = _trained(trainings, rows)
        results = [each.result for found in trained.values() for each in found.values()]
        counts = {"finished": len(results), "all": num_runs}
        about = {**outputs.origin(results), **about, "runs": counts}
        table, *others = _tables(rows, scale, trained, about["reductions"])
        outputs.write(folder, table, about, *others)
        pictures = [folder / name for name in study_command.PICTURES]
        first = {row: found[seeds[0]] for row, found in trained.items() if seeds[0] in found}
        filter_sizes.draw(trainings[seeds[0]], first, scale, pictures)
        print((folder / "results.md").read_text("utf-8"))
        return session.status()


def _tables(
    rows: Sequence[Row],
    scale: NetworkScale,
    trained: Mapping[Row, Mapping[int, Trained]],
    reductions: Sequence[str],
) -> list[result_tables.ResultTable]:
    figures = published.printed()
    table = result_table(table_rows(rows, scale, trained, figures), reductions)
    return [table, *more_tables(rows, figures)]


def _trained(
    trainings: Mapping[int, Trainings], rows: Sequence[Row]
) -> dict[Row, dict[int, Trained]]:
    """Returns what finished, by row and seed."""
    found: dict[Row, dict[int, Trained]] = {}
    for seed, of_seed in trainings.items():
        for row in rows:
            each = of_seed.trained(dict(row.options), row.threshold)
            if each is not None:
                found.setdefault(row, {})[seed] = each
    return found
