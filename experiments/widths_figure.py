r"""Figures 1, 2 and 5 of the papers: filters per layer of every network under every template.

One picture for the templates a to e (VGG-19, ResNet-50, MobileNetV2, MnasNet and the two NAS-Bench
networks), one for the redistributions (VGG-19, ResNet-50, Inception, MobileNet), and all widths as
CSV. Everything is computed, in seconds; there is nothing to reduce.

  python experiments/widths_figure.py --output_dir=results/widths
"""

import pathlib
import sys
from collections.abc import Mapping, Sequence

from absl import flags

from nasbench_templates.analysis import result_tables, study_plots
from nasbench_templates.analysis.result_tables import Column, ResultTable
from nasbench_templates.arch.architecture import architectures
from nasbench_templates.jobs import command, study_command
from nasbench_templates.results import files
from nasbench_templates.studies import networks
from nasbench_templates.studies.networks import StudyNetwork

NAME = pathlib.Path(__file__).stem
# Widths by template, by network.
Widths = Mapping[str, Mapping[str, Sequence[int]]]
_PARABOLAS = {"quadratic_max": "quadratic"}


def template_networks() -> list[StudyNetwork]:
    """Returns the networks under the templates a to e."""
    classifiers = [
        networks.classifier(model, template)
        for model in networks.CLASSIFIERS
        for template in networks.TEMPLATES
    ]
    return classifiers + [
        networks.nasbench_network(cell, template)
        for cell in networks.CELLS
        for template in networks.TEMPLATES
    ]


def redistributed_networks() -> list[StudyNetwork]:
    """Returns the networks under the redistributions, the base with the slots that these fill."""
    found = []
    for model in networks.REDISTRIBUTED:
        slots = architectures.get(model).slots_for_redistribution
        options = {} if slots is None else {"slots": slots}
        found += [
            networks.redistributed(model, template, options=options)
            for template in networks.REDISTRIBUTIONS
        ]
    return found


def widths(chosen: Sequence[StudyNetwork]) -> Widths:
    """Returns the filters of every slot, under the names of the distributions themselves.

    Table 6 prints columns b and c exchanged; both ways to draw a parabola are quadratic here.
    """
    found: dict[str, dict[str, Sequence[int]]] = {}
    for network in chosen:
        filters = network.plan().filters
        found.setdefault(network.network, {})[_PARABOLAS.get(network.applied, network.applied)] = (
            filters
        )
    return {name: dict(sorted(by.items(), key=_base_first)) for name, by in found.items()}


def _base_first(item: tuple[str, Sequence[int]]) -> tuple[bool, str]:
    return item[0] != "base", item[0]


def table(chosen: Widths) -> ResultTable:
    """Returns one row for each slot of each network and distribution."""
    rows = tuple(
        {"network": network, "distribution": name, "slot": slot, "filters": count}
        for network, distributions in chosen.items()
        for name, filters in distributions.items()
        for slot, count in enumerate(filters, 1)
    )
    columns = tuple(Column(key, key) for key in ("network", "distribution", "slot", "filters"))
    return ResultTable("Filters per layer", columns, rows)


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_string(
        "output_dir", f"results/{NAME}", "folder for pictures and CSV", flag_values=flag_values
    )


def run(folder: pathlib.Path) -> int:
    """Writes pictures and tables; returns 0."""
    files.check_writable(folder)
    for name, chosen in (
        ("templates", template_networks()),
        ("redistributions", redistributed_networks()),
    ):
        found = widths(chosen)
        paths = [str(folder / f"{name}.{suffix}") for suffix in ("svg", "png")]
        study_plots.plot_width_panels(found, paths)
        with files.replacing_text(folder / f"{name}.csv") as file:
            file.write(result_tables.to_csv(table(found)))
        print(*paths, folder / f"{name}.csv", sep="\n")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    given = [f"{NAME}.py", *(sys.argv[1:] if argv is None else argv)]

    def act() -> int:
        flag_values = study_command.parse(given, __doc__, define_flags)
        return 0 if flag_values is None else run(pathlib.Path(flag_values.output_dir))

    return command.ending(NAME, act)


if __name__ == "__main__":
    sys.exit(main())
