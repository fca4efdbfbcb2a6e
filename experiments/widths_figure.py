r"""Figures 1, 2 and 5 of the papers: filters per layer of every network under every template.

One picture for the templates a to e (VGG-19, ResNet-50, MobileNetV2, MnasNet and the two NAS-Bench
networks), one for the redistributions (VGG-19, ResNet-50, Inception, MobileNet), and all widths as
CSV. Everything is computed, in seconds: there is nothing to reduce, and both scales are the same.

  python experiments/widths_figure.py
  python experiments/widths_figure.py --dry_run
"""

import pathlib
import sys
from collections.abc import Mapping, Sequence

from absl import flags

from nasbench_templates.cli import study_command
from nasbench_templates.networks.architecture import architectures
from nasbench_templates.papers import outputs, paper_networks
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.report import result_tables, study_plots
from nasbench_templates.report.result_tables import Column, ResultTable
from nasbench_templates.runs import provenance
from nasbench_templates.support import files

TITLES = ("Filters per layer under templates a to e", "Redistributions")
NAME = pathlib.Path(__file__).stem
# Widths by template, by network.
Widths = Mapping[str, Mapping[str, Sequence[int]]]
_PARABOLAS = {"quadratic_max": "quadratic"}


def template_networks() -> list[StudyNetwork]:
    """Returns the networks under the templates a to e."""
    classifiers = [
        paper_networks.classifier(model, template)
        for model in paper_networks.CLASSIFIERS
        for template in paper_networks.TEMPLATES
    ]
    return classifiers + [
        paper_networks.nasbench_network(cell, template)
        for cell in paper_networks.CELLS
        for template in paper_networks.TEMPLATES
    ]


def redistributed_networks() -> list[StudyNetwork]:
    """Returns the networks under the redistributions, the base with the slots that these fill."""
    found = []
    for model in paper_networks.REDISTRIBUTED:
        slots = architectures.get(model).slots_for_redistribution
        options = {} if slots is None else {"slots": slots}
        found += [
            paper_networks.redistributed(model, template, options=options)
            for template in paper_networks.REDISTRIBUTIONS
        ]
    return found


def shown_name(network: StudyNetwork) -> str:
    """Returns the name of the distribution itself.

    Table 6 prints columns b and c exchanged; both ways to draw a parabola are quadratic here.
    """
    return _PARABOLAS.get(network.applied, network.applied)


def widths(chosen: Sequence[StudyNetwork]) -> Widths:
    """Returns the filters of every slot, under the names of the distributions themselves."""
    found: dict[str, dict[str, Sequence[int]]] = {}
    for network in chosen:
        found.setdefault(network.network, {})[shown_name(network)] = network.plan().filters
    return {name: dict(sorted(by.items(), key=_base_first)) for name, by in found.items()}


def _base_first(item: tuple[str, Sequence[int]]) -> tuple[bool, str]:
    return item[0] != "base", item[0]


def slot_table(chosen: Widths) -> ResultTable:
    """Returns one row for each slot of each network and distribution."""
    rows = tuple(
        {"network": network, "distribution": name, "slot": slot, "filters": count}
        for network, distributions in chosen.items()
        for name, filters in distributions.items()
        for slot, count in enumerate(filters, 1)
    )
    columns = tuple(Column(key, key) for key in ("network", "distribution", "slot", "filters"))
    return ResultTable("Filters per layer", columns, rows)


def network_table(title: str, chosen: Sequence[StudyNetwork]) -> ResultTable:
    """Returns one row for each network and distribution.

    Args:
        title: one line.
        chosen: its rows.
    """
    rows = []
    for network in chosen:
        planned = network.plan()
        rows.append({
            "network": network.network,
            "template": network.template,
            "distribution": shown_name(network),
            "filters": " ".join(map(str, planned.filters)),
            "total_filters": sum(planned.filters),
            "trainable_params": planned.cost.trainable_params,
            "mmacs": planned.cost.macs / 1e6,
        })  # fmt: skip
    columns = (
        Column("network", "network"),
        Column("template", "template"),
        Column("distribution", "distribution"),
        Column("filters", "filters"),
        Column("total_filters", "all filters"),
        Column("trainable_params", "params"),
        Column("mmacs", "MMACs", 2),
    )
    return ResultTable(title, columns, tuple(rows), note="Everything is computed.")


def run(flag_values: flags.FlagValues, line: str) -> int:
    """Writes pictures and tables, or prints the tables; returns 0."""
    pictures = {"templates": template_networks(), "redistributions": redistributed_networks()}
    tables = [
        network_table(title, chosen)
        for title, chosen in zip(TITLES, pictures.values(), strict=True)
    ]
    if flag_values.dry_run:
        print("\n\n".join(map(result_tables.to_markdown, tables)))
        return 0
    folder = study_command.output_folder(flag_values, NAME)
    files.check_writable(folder)
    for name, chosen in pictures.items():
        found = widths(chosen)
        paths = [str(folder / f"{name}.{suffix}") for suffix in ("svg", "png")]
        study_plots.plot_width_panels(found, paths)
        with files.replacing_text(folder / f"{name}.csv") as file:
            file.write(result_tables.to_csv(slot_table(found)))
        print(*paths, folder / f"{name}.csv", sep="\n")
    about = {"study": NAME, "command": line, "scale": flag_values.scale, "reductions": []}
    outputs.write(folder, tables[0], {**about, "versions": provenance.versions()}, tables[1])
    print(folder / "results.md")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    return study_command.script_status(
        __file__,
        __doc__,
        lambda values: study_command.define_output_flags(values, NAME),
        run,
        argv,
    )


if __name__ == "__main__":
    sys.exit(main())
