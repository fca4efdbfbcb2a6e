r"""Table 1 of "The Myth of the Pyramid": parameters, memory and inference time on CIFAR-10 shapes.

VGG-19, ResNet-50, MobileNetV2 and MnasNet under base and a to e, measured on this machine as the
job `profile` measures: published, computed and measured figures stand in columns of their own. No
data set is needed. Interrupt it at any time: what is measured is kept.

  python experiments/myth_table1_resources.py
  python experiments/myth_table1_resources.py --scale=small
"""

import pathlib
import sys
from collections.abc import Mapping, Sequence

from absl import flags

from nasbench_templates.cli import output, progress, study_command
from nasbench_templates.cli.flags import device_flag
from nasbench_templates.measure import latency, resources
from nasbench_templates.papers import outputs, paper_networks, published, resource_study
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.study import FULL, SMOKE
from nasbench_templates.report import study_plots
from nasbench_templates.support import files
from nasbench_templates.training import devices

NAME = pathlib.Path(__file__).stem
TITLE = "The Myth of the Pyramid, table 1: resources"
SMALL_REPEATS, SMALL_BATCH = 30, 8
PICTURES = study_command.PICTURES


def study_networks(is_smoke: bool = False) -> list[StudyNetwork]:
    """Returns the networks of the table; two small ones for a trial."""
    models = ("mobilenet_v2",) if is_smoke else paper_networks.CLASSIFIERS
    templates = ("base", "c") if is_smoke else paper_networks.TEMPLATES
    return [
        paper_networks.classifier(model, template) for model in models for template in templates
    ]


def notes(scale: str, measured: Mapping[str, object]) -> list[str]:
    """Returns what must be known beside the table, whose rows are all of one device."""
    said = [
        "Published: Titan X Pascal; how memory was taken is not said. Parameters: trainable. "
        f"Measured on {measured['device']}, {measured['backend']}; memory: "
        f"{measured['peak_memory_kind']}; inference: one image, median."
    ]
    if scale != FULL:
        reduced = (
            f"{SMALL_REPEATS} predictions instead of {latency.REPEATS}, batches of {SMALL_BATCH} "
            f"instead of {resources.BATCH_SIZE}"
        )
        said.insert(0, f"{scale.capitalize()} scale: {reduced}.")
    return said


def run(flag_values: flags.FlagValues, line: str) -> int:
    """Measures what is not measured yet, writes and prints the table; returns 0."""
    chosen = study_networks(flag_values.smoke)
    if flag_values.dry_run:
        print(output.render_table([_planned(network) for network in chosen]))
        return 0
    is_full = flag_values.scale == FULL and not flag_values.smoke
    progress.start_logging()
    devices.select(flag_values.device)
    folder = study_command.output_folder(flag_values, NAME)
    files.check_writable(folder)
    figures = published.load_folder(pathlib.Path(__file__).parent / "published")
    measured = resource_study.measure(
        chosen,
        folder / "networks",
        latency.REPEATS if is_full else SMALL_REPEATS,
        resources.BATCH_SIZE if is_full else SMALL_BATCH,
        study_command.log_network,
    )
    rows = resource_study.compared_rows(measured, figures, "myth", "1")
    first = measured[0][1]
    scale = SMOKE if flag_values.smoke else flag_values.scale
    said = notes(scale, first)
    table = resource_study.resource_table(TITLE, rows, said)
    about = {
        "study": NAME,
        "command": line,
        "scale": scale,
        "reductions": said[:-1],
        "device": first["device"],
        "versions": first["versions"],
    }
    outputs.write(folder, table, about)
    filters = {}
    for network in chosen:
        filters.setdefault(network.network, {})[network.template] = network.plan().filters
    study_plots.plot_width_panels(filters, [str(folder / name) for name in PICTURES])
    print((folder / "results.md").read_text("utf-8"))
    return 0


def _planned(network: StudyNetwork) -> dict[str, str]:
    planned = network.plan()
    return {
        "network": network.network,
        "template": network.template,
        "filters": output.short_list(planned.filters),
        "params": f"{planned.cost.trainable_params:,}",
        "MMACs": f"{planned.cost.macs / 1e6:.1f}",
    }


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the study's flags."""
    study_command.define_scale_flags(flag_values, NAME)
    device_flag.define_device_flag(flag_values)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    return study_command.script_status(
        __file__,
        __doc__,
        define_flags,
        run,
        argv,
    )


if __name__ == "__main__":
    sys.exit(main())
