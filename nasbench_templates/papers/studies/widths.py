r"""Figures 1, 2 and 5 of the papers: filters per layer of every network under every template.

One picture for the templates a to e (VGG-19, ResNet-50, MobileNetV2, MnasNet and the two NAS-Bench
networks), one for the redistributions (VGG-19, ResNet-50, Inception, MobileNet), and all widths as
CSV. Everything is computed, in seconds: there is nothing to reduce, and both scales are the same.

  nasbench-templates study widths
  nasbench-templates study widths --dry_run
"""

import pathlib
from collections.abc import Mapping, Sequence

from nasbench_templates.networks.architecture import architectures
from nasbench_templates.papers import paper_networks, registered
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.published import Figures
from nasbench_templates.papers.registered import Computed
from nasbench_templates.report import result_tables, study_plots
from nasbench_templates.report.result_tables import Column, ResultTable, Value
from nasbench_templates.support import files

TITLES = ("Filters per layer under templates a to e", "Redistributions")
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
    rows: tuple[Mapping[str, Value], ...] = tuple(
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
    rows: list[Mapping[str, Value]] = []
    for network in chosen:
        planned = network.plan()
        rows.append({
            "network": network.network,
            "template": network.template,
            "distribution": shown_name(network),
            "filters": " ".join(map(str, planned.filters)),
            "total_filters": sum(planned.filters),
            "params": planned.cost.params,
            "trainable_params": planned.cost.trainable_params,
            "mmacs": planned.cost.macs / 1e6,
            "macs_percent_of_base": planned.macs_percent_of_base,
        })  # fmt: skip
    columns = (
        Column("network", "network"),
        Column("template", "template"),
        Column("distribution", "distribution"),
        Column("filters", "filters"),
        Column("total_filters", "all filters"),
        Column("params", "params"),
        Column("mmacs", "MMACs", 2),
        Column("macs_percent_of_base", "MACs % of base", 1),
    )
    return ResultTable(title, columns, tuple(rows), note="Everything is computed.")


def tables(published: Figures) -> list[ResultTable]:
    """Returns one table for each picture; nothing of it was published as numbers."""
    del published
    return [
        network_table(title, make()) for title, make in zip(TITLES, _PICTURES.values(), strict=True)
    ]


def draw(folder: pathlib.Path) -> list[pathlib.Path]:
    """Draws both pictures and writes their widths; returns the files.

    Raises:
        OSError: the folder cannot be written to.
    """
    written = []
    for name, make in _PICTURES.items():
        found = widths(make())
        paths = [folder / f"{name}.{suffix}" for suffix in ("svg", "png")]
        study_plots.plot_width_panels(found, list(map(str, paths)))
        paths.append(folder / f"{name}.csv")
        with files.replacing_text(paths[-1]) as file:
            file.write(result_tables.to_csv(slot_table(found)))
        written += paths
    return written


_PICTURES = {"templates": template_networks, "redistributions": redistributed_networks}
registered.study("widths", __doc__, Computed(tables, draw))
