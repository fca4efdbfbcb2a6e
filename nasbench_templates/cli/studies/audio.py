"""The study of ResNet-50 on audio: what is measured, and runs of `train` that are read."""

import pathlib
from collections.abc import Mapping
from typing import Any

from absl import flags

from nasbench_templates.cli import output, progress, study_command
from nasbench_templates.cli.flags import device_flag
from nasbench_templates.measure import latency
from nasbench_templates.papers import outputs, resource_study
from nasbench_templates.papers.registered import Study
from nasbench_templates.papers.studies import audio
from nasbench_templates.papers.studies.audio import Row
from nasbench_templates.papers.study import FULL
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import devices

BATCH_SIZE = 8  # for the throughput, which is measured along and not a figure of the table


def define_flags(flag_values: flags.FlagValues, study: Study) -> None:
    """Defines the study's flags."""
    flags.DEFINE_bool(
        "measure", False, "measure peak memory and latency of all six networks (minutes)",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "output_dir", f"results/{study.name}", "gets the table and each network's measurements",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "results_dir", None, "folder of finished runs on ESC-50 and GTZAN",
        flag_values=flag_values,
    )  # fmt: skip
    output.define_format_flag(flag_values)
    device_flag.define_device_flag(flag_values)


def run(flag_values: flags.FlagValues, study: Study, line: str) -> int:
    """Prints the table, and with --measure writes it; returns 0.

    Raises:
        ConfigError: there is no folder of finished runs, or it holds others.
    """
    given = flag_values.results_dir
    folder = None if given is None else pathlib.Path(given)
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"--results_dir: expected a folder, {folder} is none")
    measured = {}
    if flag_values.measure:
        progress.start_logging()
        devices.select(flag_values.device)
        measured = measure(pathlib.Path(flag_values.output_dir))
    table = audio.rows(measured, folder)
    if measured:
        first = measured["base"]
        about = {"study": study.name, "command": line, "scale": FULL, "reductions": []}
        about |= {"device": first["device"], "versions": first["versions"]}
        shown = audio.result_table(table, first)
        outputs.write(pathlib.Path(flag_values.output_dir), shown, about)
    if flag_values.format == "json":
        print(output.render_json(table))
    elif flag_values.format == "csv":
        print(output.render_csv(table))
    else:
        print(output.render_table([_texts(row) for row in table]))
    return 0


def measure(folder: pathlib.Path) -> dict[str, Mapping[str, Any]]:
    """Returns what each network takes on this machine, by template; from before where known."""
    found = resource_study.measure(
        audio.study_networks(),
        folder / "networks",
        latency.REPEATS,
        BATCH_SIZE,
        study_command.log_network,
    )
    return {network.template: row for network, row in found}


def _texts(row: Row) -> dict[str, str]:
    return {
        name: "-" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
        for name, value in row.items()
    }
