"""The command line of the studies that train: flags, messages, exit status."""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from absl import flags, logging

from nasbench_templates.cli import design_table, output, progress, running
from nasbench_templates.cli.flags import number_flags, running_flags, training_flags
from nasbench_templates.data.data_folders import DataFolders
from nasbench_templates.design.design import Design
from nasbench_templates.papers import outputs, published, runner, score_table
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.registered import Study, Trained
from nasbench_templates.papers.study import (
    FULL,
    MEDIUM,
    SCALES,
    SMALL,
    SMOKE,
    SMOKE_IMAGES,
    Group,
    StudyRun,
    TrainingStudy,
    base_group,
    macs_percent,
)
from nasbench_templates.report.result_tables import ResultTable
from nasbench_templates.runs import run_time
from nasbench_templates.support import files, tables

_SCALE_TEXTS = {
    FULL: "as published",
    MEDIUM: "hours on two cores, whole training sets and small networks that learn them",
    SMALL: "15 minutes at most on two cores, real data, what is reduced is listed in the output",
}
PICTURES = ("figure.svg", "figure.png")
# What settings of a training are told by in results: they may differ by network, or by run.
_TITLES: tuple[Callable[[StudyRun], str], ...] = (
    lambda run: run.data.name,
    lambda run: f"{run.data.name} {run.network.network}",
    lambda run: run.label,
)


def define_scale_flags(
    flag_values: flags.FlagValues, name: str, scales: Sequence[str] = SCALES
) -> None:
    """Defines the flags of studies that train or measure.

    Args:
        flag_values: receives them.
        name: of the study.
        scales: that it has, the default first.
    """
    define_output_flags(flag_values, name, scales)
    flags.DEFINE_bool(
        "smoke", False, "seconds: two short runs on a few images, to try the whole chain",
        flag_values=flag_values,
    )  # fmt: skip


def define_output_flags(
    flag_values: flags.FlagValues, name: str, scales: Sequence[str] = SCALES
) -> None:
    """Defines the flags that most studies share, as `define_scale_flags`."""
    flags.DEFINE_enum(
        "scale",
        scales[0],
        list(scales),
        "; ".join(f"{scale}: {_SCALE_TEXTS[scale]}" for scale in scales),
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "output_dir", None, f"folder of the study (default: results/{name}-SCALE)",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_bool(
        "dry_run", False, "print the networks with their cost, write nothing",
        flag_values=flag_values,
    )  # fmt: skip


def define_training_flags(flag_values: flags.FlagValues) -> None:
    """Defines what a study shares with every job that trains."""
    running_flags.define_running_flags(flag_values)
    running_flags.define_tensorboard_flag(flag_values, is_on=False)
    training_flags.define_setting_flags(flag_values)
    training_flags.define_deterministic_flag(flag_values)


def overridden(study: TrainingStudy, flag_values: flags.FlagValues) -> TrainingStudy:
    """Returns a study with the settings of the training that flags name, in all its runs.

    Raises:
        ConfigError: a value that no run can have.
    """
    changes = training_flags.overrides(flag_values)
    runs = tuple(
        dataclasses.replace(run, config=dataclasses.replace(run.config, **changes))
        for run in study.runs
    )
    return dataclasses.replace(study, runs=runs)


def seeds(text: str) -> tuple[int, ...]:
    """Returns the seeds of a flag, each once.

    Raises:
        ConfigError: not whole numbers of at least 0.
    """
    return tuple(dict.fromkeys(number_flags.integers("seeds", text)))


def output_folder(flag_values: flags.FlagValues, name: str) -> pathlib.Path:
    """Returns the folder of a study of a scale."""
    is_smoke = "smoke" in flag_values and flag_values.smoke
    suffix = SMOKE if is_smoke else flag_values.scale
    return pathlib.Path(flag_values.output_dir or f"results/{name}-{suffix}")


def define_flags(flag_values: flags.FlagValues, study: Study[Trained]) -> None:
    """Defines the flags of a study that trains."""
    define_scale_flags(flag_values, study.name, study.work.scales)
    define_training_flags(flag_values)
    flags.DEFINE_list(
        "data_dir", [], "folder with a subfolder for each data set, or with the files; "
        "NAME=FOLDER for single sets", flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_list(
        "networks", [], "only these of the study's networks (default: all, or at a smaller scale "
        "those that fit its time)", flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "seeds", ",".join(map(str, study.work.seeds)), "one run for each", flag_values=flag_values
    )


def run(flag_values: flags.FlagValues, study: Study[Trained], line: str) -> int:
    """Trains what is not trained yet, writes and prints the table; returns the exit status.

    Args:
        flag_values: from `define_flags`.
        study: one that trains.
        line: the command, for the results.
    """
    made = study.work.make(flag_values.scale, seeds(flag_values.seeds))
    made = dataclasses.replace(made, name=study.name).only(flag_values.networks)
    if flag_values.smoke:
        made = made.smoke()
    made = overridden(made, flag_values)
    folders = DataFolders.parse(flag_values.data_dir)
    for name in dict.fromkeys(run.data.name for run in made.runs):
        folders.of(name)  # a dry run refuses what a run would
    if flag_values.dry_run:
        _print_plan(made)
        return 0
    figures = published.printed()
    make_tables = study.work.more_tables
    tables = () if make_tables is None else make_tables(figures)
    return _carry_out(flag_values, made, folders, figures, line, study.work, tables)


def _print_plan(study: TrainingStudy) -> None:
    groups: dict[Group, list[StudyRun]] = {}
    for run in study.runs:
        groups.setdefault(run.group, []).append(run)
    designs = {group: runs[0].network.plan() for group, runs in groups.items()}
    rows, seconds = [], 0.0
    for group, runs in groups.items():
        run, network, used = runs[0], designs[group], [each.seed for each in runs]
        base = base_group(designs, group)
        images = (SMOKE_IMAGES,) * 3 if study.scale == SMOKE else run.data.num_images
        seconds += len(used) * run_seconds(run, network)
        rows.append({
            "data set": run.data.name,
            "network": f"{run.network.network} {run.variant}".strip(),
            **planned_columns(run.network, network, None if base is None else designs[base]),
            "train/val/test": "?" if images is None else "/".join(map(str, images)),
            "epochs": str(run.config.epochs),
            "seeds": ",".join(map(str, used)),
        })  # fmt: skip
    print(render_plan(rows, 4))
    time = f"about {_duration(seconds)} on two cores with one worker"
    print(f"{study.title}: {len(study.runs)} runs; {time}")
    for note in score_table.notes(study):
        print(note)


def render_plan(rows: Sequence[output.Row], num_text_columns: int) -> str:
    """Returns a dry run's table; studies print no other form."""
    return output.render_table(
        rows,
        num_text_columns,
        least_important=("filters", "seeds"),
        whole_with="a wider terminal",
    )


def planned_columns(
    network: StudyNetwork, planned: Design, base: Design | None = None
) -> dict[str, str]:
    """Returns the columns of a study's network that are known before anything is built.

    Args:
        network: which.
        planned: its plan.
        base: the plan that it is compared with; `None`: that of the published widths.
    """
    is_printed = network.template == network.applied
    return {
        # Where a paper's name stands for another template of ours, it is the paper's that is shown.
        "template": planned.template_title if is_printed else network.template,
        "filters": tables.short_list(planned.filters),
        "params": f"{planned.cost.params:,}",
        "MMACs": f"{planned.cost.macs / 1e6:.1f}",
        design_table.MACS_OF_BASE: f"{macs_percent(planned, base):.1f}",
    }


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:,.0f} hours"


def run_seconds(run: StudyRun, network: Design) -> float:
    """Returns about how long a run takes on two cores; of unknown data only its fixed part.

    Args:
        run: which.
        network: its plan.
    """
    num_train, *_ = run.data.num_images or (0, 0, 0)
    return run_time.FIXED_SECONDS + run_time.training_seconds(network, run.config, num_train)


def _carry_out(
    flag_values: flags.FlagValues,
    study: TrainingStudy,
    folders: DataFolders,
    figures: published.Figures,
    line: str,
    work: Trained,
    tables: Sequence[ResultTable],
) -> int:
    progress.start_logging()
    folder = output_folder(flag_values, study.name)
    files.check_writable(folder)
    epochs = sum(run.config.epochs for run in study.runs)
    with running.Session(flag_values, len(study.runs), epochs) as session:
        for run in study.runs:
            session.check(run.config, folder)
        outcomes = runner.carry_out(
            study,
            folder,
            folders,
            is_smoke=flag_values.smoke,
            is_rate_chosen="learning_rate" in training_flags.overrides(flag_values),
            context=session.context,
            **session.watch,
        )
        rows = score_table.score_rows(study, outcomes, figures)
        about = _about(study, outcomes, line, training_flags.overrides(flag_values))
        table = score_table.score_table(study, rows, about["data"])
        read = () if work.read_outs is None else work.read_outs(study, outcomes)
        outputs.write(folder, table, about, *read, *tables)
        if work.draw is not None and any(outcome.result for outcome in outcomes):
            work.draw(study, rows, outcomes, [str(folder / name) for name in PICTURES])
        print((folder / "results.md").read_text("utf-8"))
        return session.status()


def log_network(network: StudyNetwork, is_known: bool) -> None:
    """Says on standard error which network is measured, or read back."""
    state = "measured before, read back" if is_known else "measuring"
    logging.info("%s: %s", network.label, state)


def _about(
    study: TrainingStudy,
    outcomes: Sequence[runner.StudyOutcome],
    line: str,
    overrides: Mapping[str, Any],
) -> dict[str, Any]:
    results = [outcome.result for outcome in outcomes if outcome.result is not None]
    return {
        **outputs.origin(results),
        "study": study.name,
        "command": line,
        "scale": study.scale,
        "reductions": list(study.reductions),
        "runs": {"finished": len(results), "all": len(outcomes)},
        **({"overrides": dict(overrides)} if overrides else {}),
        "training": trainings([outcome.run for outcome in outcomes]),
    }


def trainings(runs: Sequence[StudyRun]) -> dict[str, Any]:
    """Returns how runs train, by the shortest of `_TITLES` that keeps different settings apart."""
    found: dict[str, Any] = {}
    for title in _TITLES:
        found = {title(run): run.config.chosen() for run in runs}
        if all(found[title(run)] == run.config.chosen() for run in runs):
            break
    return found
