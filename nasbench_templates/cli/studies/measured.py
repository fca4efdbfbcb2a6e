"""Studies that measure networks on this machine, one at a time; what is measured is kept."""

from collections.abc import Mapping
from typing import Any

from absl import flags

from nasbench_templates.cli import progress, study_command
from nasbench_templates.cli.flags import device_flag
from nasbench_templates.measure import latency, resources
from nasbench_templates.papers import outputs, published, resource_study
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.registered import Measured, Study
from nasbench_templates.papers.study import FULL, SMOKE
from nasbench_templates.report import study_plots
from nasbench_templates.support import files
from nasbench_templates.training import devices

SMALL_REPEATS, SMALL_BATCH = 30, 8


def define_flags(flag_values: flags.FlagValues, study: Study[Measured]) -> None:
    """Defines the flags of a study that measures."""
    study_command.define_scale_flags(flag_values, study.name)
    flags.DEFINE_integer(
        "batch_size", None, f"images at once (default: {resources.BATCH_SIZE}; small scale: "
        f"{SMALL_BATCH})", lower_bound=1, flag_values=flag_values,
    )  # fmt: skip
    device_flag.define_device_flag(flag_values)


def run(flag_values: flags.FlagValues, study: Study[Measured], line: str) -> int:
    """Measures what is not measured yet, writes and prints the table; returns 0.

    Args:
        flag_values: from `define_flags`.
        study: one that measures.
        line: the command, for the results.
    """
    chosen = study.work.networks(flag_values.smoke)
    if flag_values.dry_run:
        print(study_command.render_plan([_planned(network) for network in chosen], 3))
        return 0
    is_full = flag_values.scale == FULL and not flag_values.smoke
    batch_size = flag_values.batch_size or (resources.BATCH_SIZE if is_full else SMALL_BATCH)
    work = study.work
    progress.start_logging()
    devices.select(flag_values.device)
    folder = study_command.output_folder(flag_values, study.name)
    files.check_writable(folder)
    measured = resource_study.measure(
        chosen,
        folder / "networks",
        latency.REPEATS if is_full else SMALL_REPEATS,
        batch_size,
        study_command.log_network,
        is_memory_of_batch=work.make_table is not None,
    )
    first = measured[0][1]
    scale = SMOKE if flag_values.smoke else flag_values.scale
    said = _notes(work, scale, first)
    about = {
        "study": study.name,
        "command": line,
        "scale": scale,
        "reductions": said[:-1],
        "device": first["device"],
        "versions": first["versions"],
    }
    figures = published.printed()
    if work.make_table is None:
        rows = resource_study.compared_rows(measured, figures, *work.place, work.memory_mb)
        table = resource_study.resource_table(work.title, rows, said)
    else:
        table = work.make_table(measured, figures, " ".join(said))
    outputs.write(folder, table, about)
    filters: dict[str, dict] = {}
    for network in chosen:
        filters.setdefault(network.network, {})[network.template] = network.plan().filters
    pictures = [str(folder / name) for name in study_command.PICTURES]
    study_plots.plot_width_panels(filters, pictures)
    print((folder / "results.md").read_text("utf-8"))
    return 0


def _notes(work: Measured, scale: str, measured: Mapping[str, Any]) -> list[str]:
    """Returns what must be known beside the table, whose rows are all of one device."""
    said = [
        f"{work.note} Parameters: trainable. "
        f"Measured on {measured['device']}, {measured['backend']}; memory: "
        f"{measured['peak_memory_kind']}; inference: "
        f"{'a batch' if work.make_table else 'one image'}, median."
    ]
    if scale != FULL:
        reduced = (
            f"{SMALL_REPEATS} predictions instead of {latency.REPEATS}, batches of "
            f"{measured['batch_size']} instead of {resources.BATCH_SIZE}"
        )
        said.insert(0, f"{scale.capitalize()} scale: {reduced}.")
    return said


def _planned(network: StudyNetwork) -> dict[str, str]:
    return {
        "network": network.network,
        **study_command.planned_columns(network, network.plan()),
    }
