"""The command line of the training studies in `experiments/`: flags, messages, exit status.

A script gives its docstring, its folder and a function that makes the study for a scale and seeds:

    if __name__ == "__main__":
        sys.exit(study_command.main(__file__, __doc__, make_study))
"""

import dataclasses
import itertools
import pathlib
import shlex
import sys
from collections.abc import Callable, Sequence

from absl import flags, logging

from nasbench_templates.cli import command, output, progress, stop_signals
from nasbench_templates.cli.flags import device_flag, number_flags
from nasbench_templates.design.design import Design
from nasbench_templates.papers import outputs, published, runner, score_table
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.study import (
    SCALES,
    SEEDS,
    SMOKE,
    SMOKE_IMAGES,
    DataFolders,
    StudyRun,
    TrainingStudy,
)
from nasbench_templates.report.result_tables import ResultTable
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import devices
from nasbench_templates.training.metrics import EpochMetrics

# From a scale and seeds to the study.
MakeStudy = Callable[[str, Sequence[int]], TrainingStudy]
# Multiply-accumulates of training, in images times MACs of one, that two cores make in a second:
# 600 images of a network of 12 million.
_MACS_PER_SECOND = 600 * 12e6
# What they take besides: each node of the graph in each step, and each run for building, evaluating
# and timing its network. Of 30 runs of VGG-19 and MobileNet at a sixteenth of the widths.
_SECONDS_PER_NODE, _SECONDS_PER_RUN = 0.5e-3, 6
PICTURES = ("figure.svg", "figure.png")
# absl takes --flag=VALUE and --flag VALUE, with one dash or two.
_FOLDER_FLAGS = tuple(
    f"{dashes}{kind}_dir" for dashes in ("-", "--") for kind in ("data", "output", "results")
)


def define_scale_flags(flag_values: flags.FlagValues, name: str) -> None:
    """Defines the flags of studies that train or measure; `name` is the script's."""
    define_output_flags(flag_values, name)
    flags.DEFINE_bool(
        "smoke", False, "seconds: two short runs on a few images, to try the whole chain",
        flag_values=flag_values,
    )  # fmt: skip
    device_flag.define_device_flag(flag_values)


def define_output_flags(flag_values: flags.FlagValues, name: str) -> None:
    """Defines the flags that all studies share; `name` is the script's."""
    flags.DEFINE_enum(
        "scale",
        "full",
        list(SCALES),
        "full: as published; small: 15 minutes at most on two cores, real data, what is reduced is "
        "listed in the output",
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


def parse(
    argv: Sequence[str], document: str, define: Callable[[flags.FlagValues], None]
) -> flags.FlagValues | None:
    """Returns the parsed flags of a script; `None` after its help was printed.

    Raises:
        ConfigError: an argument that is no flag.
        flags.Error: an unknown flag or value.
    """
    flag_values = flags.FlagValues()
    define(flag_values)
    if any(argument in command.HELP for argument in argv[1:]):
        print(command.help_text(argv[0], document, flag_values))
        return None
    arguments = flag_values(list(argv), known_only=False)
    if len(arguments) > 1:
        raise ConfigError(f"expected flags only, received {arguments[1]!r}")
    return flag_values


def script_status(
    script: str,
    document: str,
    define: Callable[[flags.FlagValues], None],
    run: Callable[[flags.FlagValues, str], int],
    argv: Sequence[str] | None = None,
) -> int:
    """Returns the exit status of a script after its help, its run or one line about an error.

    Args:
        script: its path.
        document: its help.
        define: defines its flags.
        run: gets the flags and the command for the results; returns the exit status.
        argv: flags, without the program's name; by default those of the process.
    """
    path = pathlib.Path(script)
    given = [path.name, *(sys.argv[1:] if argv is None else argv)]

    def act() -> int:
        flag_values = parse(given, document, define)
        return 0 if flag_values is None else run(flag_values, command_line(given))

    return command.ending(path.stem, act)


def command_line(given: Sequence[str]) -> str:
    """Returns a script's command for its results, with this machine's folders left out."""
    shown: list[str] = []
    for argument in given:
        name, equals, value = argument.partition("=")
        if shown and shown[-1] in _FOLDER_FLAGS:
            shown.append(_without_folders(argument))
        elif equals and name in _FOLDER_FLAGS:
            shown.append(f"{name}={_without_folders(value)}")
        else:
            shown.append(argument)
    return shlex.join(["python", f"experiments/{shown[0]}", *shown[1:]])


def _without_folders(value: str) -> str:
    parts = value.split(",")
    return ",".join(f"{part.partition('=')[0]}=DIR" if "=" in part else "DIR" for part in parts)


def main(
    script: str,
    document: str,
    make_study: MakeStudy,
    argv: Sequence[str] | None = None,
    *,
    draw: Callable[[TrainingStudy, tuple, tuple, list[str]], None] | None = None,
    more_tables: Callable[[published.Figures], Sequence[ResultTable]] | None = None,
) -> int:
    """Carries out a study and returns its exit status.

    Args:
        script: path of the script; published figures stand in a folder beside it.
        document: its help.
        make_study: the study for a scale and seeds.
        argv: flags, without the program's name; by default those of the process.
        draw: draws rows and outcomes into files.
        more_tables: analytic tables that stand below the measured one.
    """
    path = pathlib.Path(script)
    name = path.stem

    def define(flag_values: flags.FlagValues) -> None:
        define_scale_flags(flag_values, name)
        flags.DEFINE_list(
            "data_dir", [], "folder with a subfolder for each data set, or with the files; "
            "NAME=FOLDER for single sets", flag_values=flag_values,
        )  # fmt: skip
        flags.DEFINE_string(
            "seeds", ",".join(map(str, SEEDS)), "one run for each", flag_values=flag_values
        )

    def run(flag_values: flags.FlagValues, line: str) -> int:
        study = make_study(flag_values.scale, seeds(flag_values.seeds))
        if flag_values.smoke:
            study = study.smoke()
        folders = DataFolders.parse(flag_values.data_dir)
        for name in dict.fromkeys(run.data.name for run in study.runs):
            folders.of(name)  # a dry run refuses what a run would
        if flag_values.dry_run:
            _print_plan(study)
            return 0
        figures = published.load_folder(path.parent / "published")
        tables = () if more_tables is None else more_tables(figures)
        return _carry_out(flag_values, study, folders, figures, line, draw, tables)

    return script_status(script, document, define, run, argv)


def _print_plan(study: TrainingStudy) -> None:
    rows, seconds = [], 0.0
    for run, group in itertools.groupby(study.runs, lambda run: dataclasses.replace(run, seed=0)):
        used = [each.seed for each in group]
        network = run.network.plan()
        images = SMOKE_IMAGES if study.scale == SMOKE else run.data.train_images
        seconds += len(used) * run_seconds(run, network)
        rows.append({
            "data set": run.data.name,
            "network": f"{run.network.network} {run.variant}".strip(),
            "template": run.network.template,
            "filters": output.short_list(network.filters),
            "params": f"{network.cost.trainable_params:,}",
            "MMACs": f"{network.cost.macs / 1e6:.1f}",
            "images": "all" if images is None else str(images),
            "epochs": str(run.config.epochs),
            "seeds": ",".join(map(str, used)),
        })  # fmt: skip
    print(output.render_table(rows))
    is_known = all(run.data.train_images is not None for run in study.runs)
    known = f"; about {seconds / 60:.0f} minutes on two cores" if is_known else ""
    print(f"{study.title}: {len(study.runs)} runs{known}")
    for note in score_table.notes(study):
        print(note)


def run_seconds(run: StudyRun, network: Design) -> float:
    """Returns about how long a run takes on two cores; of unlimited data only its fixed part.

    Args:
        run: which.
        network: its plan.
    """
    images = (run.data.train_images or 0) * run.config.epochs
    each_step = _SECONDS_PER_NODE * len(network.architecture.graph.nodes)
    steps = images / run.config.batch_size
    return _SECONDS_PER_RUN + steps * each_step + images * network.cost.macs / _MACS_PER_SECOND


def _carry_out(
    flag_values: flags.FlagValues,
    study: TrainingStudy,
    folders: DataFolders,
    figures: published.Figures,
    line: str,
    draw: Callable | None,
    tables: Sequence[ResultTable],
) -> int:
    progress.start_logging()
    devices.select(flag_values.device)
    folder = output_folder(flag_values, study.name)
    files.check_writable(folder)
    with stop_signals.StopSignals() as signals:
        signals.take()
        signals.hold()
        watch = runner.StudyWatch(
            on_run=lambda run, number, is_known: _log_run(study, run, number, is_known),
            on_epoch=log_epoch,
            stop_reason=lambda: signals.name,
        )
        outcomes = runner.carry_out(study, folder, folders, is_smoke=flag_values.smoke, watch=watch)
        rows = score_table.score_rows(study, outcomes, figures)
        about = _about(study, outcomes, line)
        table = score_table.score_table(study, rows, about["data"])
        outputs.write(folder, table, about, *tables)
        if draw is not None and any(outcome.result for outcome in outcomes):
            draw(study, rows, outcomes, [str(folder / name) for name in PICTURES])
    print((folder / "results.md").read_text("utf-8"))
    for outcome in outcomes:
        if outcome.failure and signals.name is None:
            logging.error("%s failed: %s", outcome.run.label, outcome.failure)
    return status(signals, any(outcome.failure for outcome in outcomes))


def status(signals: stop_signals.StopSignals, has_failures: bool) -> int:
    """Returns the exit status of a study and says what follows after a signal.

    Args:
        signals: that were held back.
        has_failures: whether a run ended without a result.
    """
    if signals.name is not None:
        logging.warning("%s: saved; the same command resumes", signals.name)
        return stop_signals.status(signals.name)
    return command.FAILED if has_failures else 0


def _log_run(study: TrainingStudy, run: StudyRun, number: int, is_known: bool) -> None:
    state = "finished before, read back" if is_known else f"{run.config.epochs} epochs"
    logging.info("run %d of %d: %s: %s", number, len(study.runs), run.label, state)


def log_network(network: StudyNetwork, is_known: bool) -> None:
    """Says on standard error which network is measured, or read back."""
    state = "measured before, read back" if is_known else "measuring"
    logging.info("%s: %s", network.label, state)


def log_epoch(metrics: EpochMetrics) -> None:
    """Says on standard error how an epoch of a run went."""
    logging.info("  epoch %d: loss %.4f, accuracy %.4f, %.1f s, %.0f images/s",
                 metrics.epoch, metrics.loss, metrics.accuracy, metrics.seconds,
                 metrics.images_per_second)  # fmt: skip


def _about(
    study: TrainingStudy, outcomes: Sequence[runner.Outcome], line: str
) -> dict[str, object]:
    results = [outcome.result for outcome in outcomes if outcome.result is not None]
    return {
        **outputs.origin(results),
        "study": study.name,
        "command": line,
        "scale": study.scale,
        "reductions": list(study.reductions),
        "runs": {"finished": len(results), "all": len(outcomes)},
        "training": {run.data.name: run.config.chosen() for run in study.runs},
    }
