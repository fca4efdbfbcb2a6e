"""Carry out a grid or a list of runs, by as many commands and machines as you like.

Every combination of networks, templates, budgets, data sets, training settings and seeds is a run
with a folder of its own below --output_dir. The same command, started again or at the same time on
another machine that sees the folder, takes what nobody has taken: no run is trained twice. A run
that fails, takes too long or is killed is noted and tried again, and never stops the others. Seeds
or templates that are added later run alone. Exit status 0: all runs are finished.

  sweep status DIR    how far a sweep is, from another terminal
  sweep collect DIR   write its table anew (table.csv, table.parquet), and to a tracker

Try:
  nasbench-templates sweep --networks=resnet,best --templates=base,b --epochs=2 --dry_run
  nasbench-templates sweep --networks=resnet --templates=base,a,b --seeds=0,1,2
  nasbench-templates sweep --file=sweep.yaml --output_dir=results/sweep --shard=0/4
"""

import dataclasses
import pathlib
from collections.abc import Sequence

from absl import flags, logging

from nasbench_templates.cli import command, output, progress, running, sweep_actions, sweep_table
from nasbench_templates.cli.flags import running_flags, sweep_flags
from nasbench_templates.cli.sweep_progress import SweepProgress
from nasbench_templates.execution.engine import MakeEngine
from nasbench_templates.runs.context import RunLimits
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError, UnknownNameError
from nasbench_templates.sweeps import carrying_out, folder, planning, request, table
from nasbench_templates.sweeps.planning import SweepPlan


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    sweep_flags.define_grid_flags(flag_values)
    sweep_flags.define_limit_flags(flag_values)
    sweep_flags.define_engine_flags(flag_values)
    sweep_flags.define_tracker_flags(flag_values)
    running_flags.define_running_flags(flag_values)
    running_flags.define_tensorboard_flag(flag_values, is_on=False)
    flags.DEFINE_bool(
        "latency", False, "time every network after all training", flag_values=flag_values
    )
    flags.DEFINE_string(
        "output_dir", "results/sweep", "folder of the sweep", flag_values=flag_values
    )
    flags.DEFINE_bool(
        "dry_run", False, "print the runs with their cost, memory and time, write nothing; the "
        "time comes from finished runs of the folder, else from two short runs",
        flag_values=flag_values,
    )  # fmt: skip
    output.define_format_flag(flag_values)


def chosen(arguments: Sequence[str]) -> command.Job:
    """Returns what is done with a sweep that is there, as a job.

    Raises:
        UnknownNameError: it is none of these.
    """
    name = arguments[0]
    if name not in sweep_actions.ACTIONS:
        known = ", ".join(sweep_actions.ACTIONS)
        raise UnknownNameError(f"unknown action {name!r}: expected one of {known}, or flags")
    return sweep_actions.ACTIONS[name]


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Carries the sweep out; returns 0 where all its runs are finished."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    progress.start_logging()
    root = _folder(flag_values)
    limits, make_engine = sweep_flags.limits(flag_values), sweep_flags.make_engine(flag_values)
    sweep_flags.check_tracker(flag_values)
    content = sweep_flags.content(flag_values)
    whole = planning.plan(
        request.parse(content, flag_values.file or "flags"),
        root,
        record_paths=flag_values.records,
        has_latency=flag_values.latency,
    )
    for each in whole.left_out:
        logging.warning("left out: %s: %s", each.what, each.reason)
    plan = whole.shard(*sweep_flags.shard(flag_values))
    if not plan.runs:
        logging.warning("no run is left to carry out")
        return 0 if whole.runs else command.FAILED
    if flag_values.dry_run:
        sweep_table.print_plan(plan, root, flag_values)
        return 0
    files.check_writable(root)
    folder.write_request(root, content)
    return _carry_out(flag_values, plan, root, limits, make_engine)


def _carry_out(
    flag_values: flags.FlagValues,
    plan: SweepPlan,
    root: pathlib.Path,
    limits: RunLimits,
    make_engine: MakeEngine | None,
) -> int:
    epochs = sum(each.task.spec.config.epochs for each in plan.runs)
    shown = SweepProgress(plan.runs)
    with running.Session(flag_values, len(plan.runs), epochs, progress=shown) as session:
        for config in dict.fromkeys(each.task.spec.config for each in plan.runs):
            session.check(config, root)
        context = dataclasses.replace(session.context, limits=limits)
        carrying_out.carry_out(plan.runs, root, context, **session.watch, make_engine=make_engine)
        status = session.status()
    found = table.write(root)
    sweep_flags.track(flag_values, root)
    sweep_table.print_table(found, flag_values.format)
    return status


def _folder(flag_values: flags.FlagValues) -> pathlib.Path:
    if not flag_values.output_dir:
        raise ConfigError("expected a folder for --output_dir, received an empty text")
    return pathlib.Path(flag_values.output_dir)
