r"""Rank cells by scores of their untrained networks, beside the records.

--cells is a number (so many random cells of the records) or a file with a cell a line: JSON with
its graph, its name, or its module hash at the start. Each cell's network is built with new weights
and scored on one batch of training images: params, macs, grad_norm, snip, fisher, jacob_cov,
synflow, grasp (docs/ranking.md has their formulas). Of every score: Spearman's rho and Kendall's
tau-b with the records' accuracy, with 95 % intervals from a bootstrap that draws cells, and the
published absolute rho over all cells (networks of stem 128, one batch of 256). With --template the
networks stand under that template, the accuracies remain those of the records.

Every cell that is done is kept in --output_dir/scores.jsonl; the same command goes on where it was
stopped, also with more cells or scores. The table is written there as results.md, .csv and .json.

Try:
  nasbench-templates rank --records=nasbench101_val_25001.csv.gz --cells=200 --stem_filters=16 \
      --batch_size=64 --dataset=cifar10 --data_dir=DIR --output_dir=ranking
"""

import json
import pathlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from absl import flags, logging

from nasbench_templates.benchmark_records.record108 import EPOCHS
from nasbench_templates.cli import output, progress
from nasbench_templates.cli.flags import (
    cell_flag,
    match_flags,
    network_flags,
    option_flags,
    path_flags,
    space_flags,
    training_flags,
)
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.distributions.template import BASE
from nasbench_templates.report import ranking
from nasbench_templates.report.cell_scores import Batch, CellScores, ScoreTask, score_cells
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.support import files, locks, tables
from nasbench_templates.support.errors import ConfigError, RecordError

if TYPE_CHECKING:
    from nasbench_templates.benchmark_records.store import RecordStore

_DEFAULT = ("params", "macs", "synflow", "grad_norm", "snip", "jacob_cov")
_SPLITS = {"validation": "final_validation_accuracy", "test": "final_test_accuracy"}


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    path_flags.define_records_flag(flag_values)
    flags.DEFINE_string(
        "cells", None, "how many random cells of the records, or a file with a cell a line: JSON, "
        "a name, or a module hash at its start", flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_list("scores", list(_DEFAULT), "see docs/ranking.md", flag_values=flag_values)
    flags.DEFINE_string("template", BASE, "of the networks", flag_values=flag_values)
    network_flags.define_cell_option_flags(flag_values, "slots", "order")
    match_flags.define_match_flags(flag_values)
    training_flags.define_source_flags(flag_values, "cifar10")
    flags.DEFINE_integer(
        "batch_size", 256, "training images that every network sees", lower_bound=2,
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_integer(
        "epochs", EPOCHS, "budget of the records' runs", lower_bound=1, flag_values=flag_values
    )
    flags.DEFINE_enum(
        "split", "validation", list(_SPLITS), "whose accuracy", flag_values=flag_values
    )
    flags.DEFINE_integer(
        "bootstrap", 2000, "resamples of the cells for the intervals; 0: none", lower_bound=0,
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_integer(
        "seed", 0, "of the sample, the batch, the weights and the bootstrap", lower_bound=0,
        flag_values=flag_values,
    )  # fmt: skip
    space_flags.define_processes_flag(flag_values)
    flags.DEFINE_string("output_dir", None, "folder for scores and table", flag_values=flag_values)
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Scores what is missing and prints; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    paths = path_flags.record_paths(flag_values)
    if len(paths) != 1:
        raise ConfigError(f"expected one source in --records=..., received {len(paths)}")
    for name in ("cells", "output_dir"):
        if not flag_values[name].value:
            raise ConfigError(f"expected --{name}=..., received none")
    names = _score_names(flag_values)
    settings = match_flags.match_settings(flag_values)
    folder = pathlib.Path(flag_values.output_dir)
    files.check_writable(folder)
    progress.start_logging()
    from nasbench_templates.benchmark_records import conversion

    store = conversion.open_records(paths[0], shows_progress=True)
    accuracies = _accuracies(flag_values, store)
    request = DataRequest(
        flag_values.dataset,
        training_flags.data_folder(flag_values),
        image_column=flag_values.image_column,
        label_column=flag_values.label_column,
    )
    info = request.find()
    options = option_flags.given_options(flag_values)
    designs = _designs(flag_values, settings, info, options, store, accuracies)
    tasks = [ScoreTask(name, designs[name], names, flag_values.seed) for name in accuracies]
    dataset = request.load(info)
    batch = _batch(dataset, flag_values.batch_size, flag_values.seed)
    identity = {
        "network": {name: str(value) for name, value in sorted(options.items())},
        "input_shape": list(info.input_shape),
        "template": tasks[0].design.template,
        "match": repr(settings),
        "data": {"name": dataset.name, "checksum": dataset.checksum},
        "batch_size": flag_values.batch_size,
        "seed": flag_values.seed,
    }
    with locks.held(folder / "scores.jsonl.lock", folder):
        found = _scored(flag_values, tasks, batch, identity, folder / "scores.jsonl")
    rows = [each.to_row() for each in _ranked(flag_values, found, accuracies, names)]
    _write(flag_values, folder, rows, identity, store.name, found, accuracies)
    _print(flag_values, rows)
    return 0


def _score_names(flag_values: flags.FlagValues) -> tuple[str, ...]:
    from nasbench_templates.measure.zero_cost_scores import scores

    names = tuple(dict.fromkeys(scores.canonical(name) for name in flag_values.scores))
    for name in names:
        scores.get(name)
    if not names:
        raise ConfigError("expected at least one name in --scores, received none")
    return names


def _accuracies(flag_values: flags.FlagValues, store: "RecordStore") -> dict[str, float]:
    """Returns the mean accuracy of the cells asked for, by hash.

    Raises:
        ConfigError: no number and no file, or more cells than there are.
        RecordError: a cell without graph or accuracy in the budget.
    """
    from nasbench_templates.benchmark_records.selection import Selection

    every = Selection(store, np.arange(len(store)), flag_values.epochs)
    frame = every.to_pandas()
    known = frame.dropna(subset=[_SPLITS[flag_values.split]]).set_index("module_hash")
    values = known[_SPLITS[flag_values.split]]
    text = flag_values.cells.strip()
    if not text.isdecimal():
        names = list(dict.fromkeys(cell_flag.listed_hashes("cells", text)))
    elif values.empty:
        raise RecordError(
            f"{store.name}: expected records with a {flag_values.split} accuracy after "
            f"{flag_values.epochs} epochs, found none"
        )
    else:
        count = int(text)
        if not 1 <= count <= len(values):
            raise ConfigError(
                f"expected --cells in 1..{len(values)}, as so many have a {flag_values.split} "
                f"accuracy after {flag_values.epochs} epochs, received {count}"
            )
        # One order for every number, so that more cells contain the fewer.
        order = np.random.default_rng(flag_values.seed).permutation(len(values))
        names = values.index[order[:count]].tolist()
    missing = [name for name in names if name not in values.index]
    if missing:
        raise RecordError(
            f"{store.name}: expected a {flag_values.split} accuracy of every cell, found none of "
            f"{len(missing)} of {len(names)}: {', '.join(missing[:3])}"
        )
    return {name: float(values[name]) for name in names}


def _designs(
    flag_values: flags.FlagValues,
    settings: Any,
    info: Any,
    options: dict[str, object],
    store: "RecordStore",
    names: Iterable[str],
) -> dict[str, Any]:
    """Returns the network of each cell; warns once of those that a template does not suit."""
    from nasbench_templates.design import planning

    found = {name: _design(flag_values, settings, info, options, store, name) for name in names}
    planning.warn_of(found.values())
    return found


def _design(
    flag_values: flags.FlagValues,
    settings: Any,
    info: Any,
    options: dict[str, object],
    store: "RecordStore",
    name: str,
) -> Any:
    from nasbench_templates.design import planning
    from nasbench_templates.networks.cells import Cell

    record = store.get(name)
    if record is None or record.matrix is None or record.operations is None:
        raise RecordError(f"{name}: expected the graph of the cell in {store.name}, found none")
    cell = Cell.parse(record.matrix, record.operations)
    network = NetworkSettings(
        network_flags.CELL_MODEL, info.input_shape, info.num_classes, {**options, "cell": cell}
    )
    return planning.plan(network, [flag_values.template], settings, warns=False)[0]


def _batch(dataset: Any, count: int, seed: int) -> Batch:
    """Returns random training images, normalised as for training, without augmentation."""
    if count > dataset.train.num_images:
        raise ConfigError(
            f"expected --batch_size of at most {dataset.train.num_images}, received {count}"
        )
    rows = np.random.default_rng(seed).choice(dataset.train.num_images, count, replace=False)
    images, labels = next(dataset.train.batches(rows, count)), dataset.train.labels[rows]
    scaled = (np.asarray(images, np.float32) - dataset.mean) / dataset.std
    return Batch(scaled.astype(np.float32), np.asarray(labels, np.int64))


def _scored(
    flag_values: flags.FlagValues,
    tasks: Sequence[ScoreTask],
    batch: Batch,
    identity: dict[str, Any],
    path: pathlib.Path,
) -> list[CellScores]:
    processes = space_flags.num_processes(flag_values)
    found = []
    with progress.bar(total=len(tasks), unit="cell") as bar:
        for each in score_cells(tasks, batch, identity, path, processes):
            found.append(each)
            bar.update()
    logging.info("%d cells, %.0f s of scoring in all calls", len(found),
                 sum(each.seconds for each in found))  # fmt: skip
    return found


def _ranked(
    flag_values: flags.FlagValues,
    found: Sequence[CellScores],
    accuracies: dict[str, float],
    names: Sequence[str],
) -> list[ranking.ScoreRanking]:
    with progress.bar(total=flag_values.bootstrap * len(names), unit="resample") as bar:
        return ranking.rank_scores(
            found,
            accuracies,
            names,
            num_resamples=flag_values.bootstrap,
            seed=flag_values.seed,
            on_resample=bar.update,
        )


def _write(
    flag_values: flags.FlagValues,
    folder: pathlib.Path,
    rows: Sequence[dict[str, Any]],
    identity: dict[str, Any],
    source: str,
    found: Sequence[CellScores],
    accuracies: dict[str, float],
) -> None:
    cells = [
        {"module_hash": each.module_hash, "accuracy": accuracies[each.module_hash], **each.scores}
        for each in found
    ]
    content = {
        **identity,
        "records": source,
        "epochs": flag_values.epochs,
        "split": flag_values.split,
        "bootstrap": flag_values.bootstrap,
        "rows": rows,
        "cells": cells,
    }
    files.write_json(folder / "results.json", content)
    with files.replacing_text(folder / "results.csv") as file:
        file.write(tables.csv_text(list(rows[0]), rows))
    shown = [_table_row(row) for row in rows]
    table = tables.markdown(
        list(shown[0]), [list(row.values()) for row in shown], [False] + [True] * 5
    )
    network = ", ".join(f"{name} {value}" for name, value in identity["network"].items())
    with files.replacing_text(folder / "results.md") as file:
        file.write(
            f"# Scores of untrained networks beside {source}\n\n"
            f"- networks: nasbench101 {network or 'as published'}, "
            f"template {identity['template']}\n"
            f"- batch: {identity['batch_size']} training images of {identity['data']['name']} "
            f"(SHA-256 of the data {identity['data']['checksum']})\n"
            f"- records: {flag_values.split} accuracy after {flag_values.epochs} epochs\n"
            f"- cells, weights, batch and bootstrap ({flag_values.bootstrap} resamples of the "
            f"cells) by seed {identity['seed']}\n\n{table}\n\n"
            "Published: absolute Spearman coefficients over all 423,624 cells, networks of stem "
            "128, one batch of 256 (SamsungLabs/zero-cost-nas).\n"
        )


def _print(flag_values: flags.FlagValues, rows: Sequence[dict[str, Any]]) -> None:
    if flag_values.format == "json":
        print(json.dumps(rows, indent=1, allow_nan=False))
    elif flag_values.format == "csv":
        print(output.render_csv(rows))
    else:
        print(output.render_table([_table_row(row) for row in rows], num_text_columns=1))


def _table_row(row: dict[str, Any]) -> dict[str, str]:
    published = row["published_abs_spearman"]
    return {
        "score": row["score"],
        "cells": str(row["cells"]),
        "not finite": str(row["not_finite"]),
        "Spearman (95 %)": _coefficient(row, "spearman"),
        "Kendall (95 %)": _coefficient(row, "kendall"),
        "published abs. Spearman": "-" if published is None else f"{published:.3f}",
    }


def _coefficient(row: dict[str, Any], name: str) -> str:
    if row[name] is None:
        return "-"
    if row[f"{name}_low"] is None:
        return f"{row[name]:.3f}"
    return f"{row[name]:.3f} ({row[f'{name}_low']:.3f} to {row[f'{name}_high']:.3f})"
