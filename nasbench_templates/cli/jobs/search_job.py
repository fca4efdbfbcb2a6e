"""Search for the best filter distribution of a network, on a data set, within a budget.

Candidates are the templates and shapes between them (docs/search.md), each matched to the budget by
the nearest cost. They are chosen by validation accuracy alone; then the winner and the base are
trained with other seeds (--final_seeds) and compared once on the test split, with an interval. The
answer says plainly when nothing beats the base.

--strategy:
  all      every registered template that is matched to a budget; needs nothing else.
  random   --trials networks: a to e, then shapes at random.
  halving  the same, but after --min_epochs, and each time --reduction_factor times later, about one
           of --reduction_factor goes on (successive halving, asynchronous).
  tpe      the same networks first, then shapes where the results promise more.
The last three draw, stop and remember by Optuna: pip install 'nasbench_templates[search]'.

--output_dir receives the runs, study.journal, search.json (the whole answer), and results.md, .csv
and .json, which `report` shows. Ctrl-C saves, and the same command goes on, after a kill too;
nothing is trained twice. More --trials go on from those that are there.

Try:
  nasbench-templates search --model=resnet20 --dataset=digits --epochs=5
  nasbench-templates search --cell=resnet --dataset=fashion_mnist --data_dir=DIR --strategy=tpe \
      --budget=0.5x --match_on=macs --output_dir=results/search --plot=search.png
"""

import dataclasses
import functools
import pathlib
from collections.abc import Sequence

from absl import flags, logging

from nasbench_templates.cli import design_table, output, progress, running, search_table
from nasbench_templates.cli.flags import (
    asked_training,
    match_flags,
    network_flags,
    number_flags,
    running_flags,
    training_flags,
)
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.distribution_search import candidates, proposals, search
from nasbench_templates.distribution_search.settings import ALL, STRATEGIES, SearchSettings
from nasbench_templates.execution import engine
from nasbench_templates.report import distribution_plots, plots
from nasbench_templates.runs.spec import SMOKE_IMAGES
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError

_DEFAULTS = {field.name: field.default for field in dataclasses.fields(SearchSettings)}


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    network_flags.define_network_flags(flag_values)
    match_flags.define_match_flags(flag_values)
    flag_values.set_default("match_rule", "nearest")
    training_flags.define_data_flags(flag_values, "digits")
    training_flags.define_amount_flags(flag_values)
    training_flags.define_recipe_flags(flag_values, None, "; default: by the images' size, printed")
    training_flags.define_setting_flags(flag_values)
    _define_search_flags(flag_values)
    running_flags.define_running_flags(flag_values)
    running_flags.define_tensorboard_flag(flag_values, is_on=False)
    flags.DEFINE_string(
        "output_dir", "results/search", "folder for the runs and the answer",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "plot", None, "file for a picture: accuracies of the trials, widths of winner and base "
        "(.png, .pdf, .svg)", flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_bool(
        "dry_run", False, "print the first candidates at the budget, train and write nothing",
        flag_values=flag_values,
    )  # fmt: skip
    training_flags.define_smoke_flag(flag_values)
    output.define_format_flag(flag_values)


def _define_search_flags(flag_values: flags.FlagValues) -> None:
    flags.DEFINE_enum(
        "strategy", ALL, list(STRATEGIES), "what is tried, see above", flag_values=flag_values
    )
    for name, least, text in (
        ("trials", 1, "different networks to try besides the base; not of --strategy=all"),
        ("min_epochs", 1, "epochs before halving stops a candidate for the first time (default: a "
         "ninth of --epochs with --strategy=halving; else none is stopped)"),
        ("reduction_factor", 2, "about one of so many goes on, for so many times the epochs"),
        ("trials_at_once", 1, "networks that tpe proposes before it hears of their results"),
    ):  # fmt: skip
        flags.DEFINE_integer(
            name, _DEFAULTS[name], text, lower_bound=least, flag_values=flag_values
        )
    flags.DEFINE_string(
        "search_seeds", "0", "each candidate is trained with these and judged by the mean",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "final_seeds", "1,2,3", "winner and base are compared with these; none of the search's",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_integer(
        "seed", 0, "decides what is proposed", lower_bound=0, flag_values=flag_values
    )
    flags.DEFINE_float(
        "most_gap", _DEFAULTS["most_gap"],
        "candidates whose cost is further from the budget, in parts of it, are left out",
        lower_bound=0.0, flag_values=flag_values,
    )  # fmt: skip


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Searches and prints; returns 0, 1 if a run failed, or 128 + the number of a signal."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    _check(flag_values)
    progress.start_logging()
    network, settings = _asked(flag_values)
    matching = match_flags.match_settings(flag_values)
    if flag_values.dry_run:
        found = candidates.Candidates(network, matching, settings.most_gap)
        _print_plan(flag_values, found)
        if settings.strategy == ALL:
            found.check_registered()
        return 0
    files.check_output(settings.output_dir)
    num_trials = len(candidates.registered()) if settings.strategy == ALL else settings.trials
    num_searched = (num_trials + 1) * len(settings.search_seeds)
    num_runs, epochs = num_searched + 2 * len(settings.final_seeds), settings.config.epochs
    with running.Session(flag_values, num_runs, num_runs * epochs) as session:
        session.check(settings.config, settings.output_dir)
        logging.info("search: %s, %s, budget %s of %s, strategy %s, judged after epochs %s; %s",
                     network.model, settings.label, flag_values.budget, matching.match_on,
                     settings.strategy, ", ".join(map(str, settings.rungs)),
                     settings.config.chosen())  # fmt: skip
        if settings.data.smoke_images is not None:
            logging.warning("smoke run: %d images a split; figures mean nothing", SMOKE_IMAGES)
        carry_out = functools.partial(engine.carry_out, context=session.context, **session.watch)
        answer = search.search(network, matching, settings, carry_out, search_table.log_answer)
        search_table.write(settings.output_dir, answer)
        search_table.print_answer(flag_values.format, answer)
        if flag_values.plot is not None:
            distribution_plots.plot_search(answer.to_json(), flag_values.plot)
        return session.status()


def _print_plan(flag_values: flags.FlagValues, found: candidates.Candidates) -> None:
    """Prints the base and the registered templates at the budget; tells of those left out."""
    for each in found.left_out():
        logging.warning("left out: %s", each.exclusion)
    designs = [each.design for each in map(found.find, candidates.registered())]
    design_table.print_plan(
        flag_values.format, [found.base, *(each for each in designs if each is not None)]
    )


def _check(flag_values: flags.FlagValues) -> None:
    """Refuses what a search cannot do before anything is read."""
    if flag_values.max_train_seconds is not None:
        raise ConfigError(
            "expected no --max_train_seconds: --trials and --epochs say how long a search takes, "
            "and Ctrl-C saves it"
        )
    if flag_values.distribution != "none":
        raise ConfigError("expected no --distribution: several networks train beside each other")
    if not flag_values.output_dir:
        raise ConfigError("expected a folder for --output_dir, received an empty text")
    if flag_values.plot is not None:
        plots.check_format(flag_values.plot)
    if flag_values.strategy != ALL:
        proposals.check_library()


def _asked(flag_values: flags.FlagValues) -> tuple[NetworkSettings, SearchSettings]:
    asked = asked_training.asked(flag_values)
    settings = SearchSettings(
        label=network_flags.label(flag_values.cell, asked.network),
        data=asked.data,
        config=asked.config,
        output_dir=pathlib.Path(flag_values.output_dir),
        strategy=flag_values.strategy,
        trials=flag_values.trials,
        search_seeds=number_flags.integers("search_seeds", flag_values.search_seeds),
        final_seeds=number_flags.integers("final_seeds", flag_values.final_seeds),
        seed=flag_values.seed,
        min_epochs=flag_values.min_epochs,
        reduction_factor=flag_values.reduction_factor,
        trials_at_once=flag_values.trials_at_once,
        most_gap=flag_values.most_gap,
    )
    return asked.network, settings
