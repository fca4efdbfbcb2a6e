"""Every registered network and named cell under base and a to e: what it has and what it costs.

Everything is computed but the accuracies, which are those that the paper prints; none is ours.

>>> rows = model_rows()
>>> rows[0]["network"], len({row["network"] for row in rows}) > 20
('inception', True)
"""

import dataclasses

from nasbench_templates.design.design import Design
from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.distributions.template import BASE
from nasbench_templates.graph import cost as costs
from nasbench_templates.networks.architecture import architectures
from nasbench_templates.networks.named_cells import CELL_MODEL, named_cells
from nasbench_templates.papers import published
from nasbench_templates.support import tables

TEMPLATES = (BASE, "a", "b", "c", "d", "e")
# Its base is uniform: without a smallest width of the user's own every template is the base.
_WITHOUT_TEMPLATES = ("multires",)
# Both print CIFAR-10; columns of others (table 6) follow another rule of matching.
_PRINTED_TABLES = ("2", "3")

Row = dict[str, object]


def model_rows() -> tuple[Row, ...]:
    """Returns a row for each network and template, in the order of the registries."""
    rows: list[Row] = []
    for name in architectures:
        if name not in (CELL_MODEL, *_WITHOUT_TEMPLATES):
            rows += _rows(name, architectures.get(name).description, NetworkSettings(name))
    for name in named_cells:
        cell = named_cells.get(name)
        options = {**dataclasses.asdict(cell.skeleton), "cell": cell.cell}
        settings = NetworkSettings(CELL_MODEL, options=options)
        rows += _rows(f"{CELL_MODEL}:{name}", cell.description, settings)
    return tuple(rows)


def csv_text() -> str:
    """Returns the rows as CSV."""
    rows = model_rows()
    return tables.csv_text(list(rows[0]), rows)


def _rows(name: str, description: str, network: NetworkSettings) -> list[Row]:
    return [_row(name, description, design) for design in plan(network, TEMPLATES)]


def _row(name: str, description: str, design: Design) -> Row:
    cost, source = design.cost, design.architecture
    return {
        "network": name,
        "description": description,
        "input_shape": "x".join(map(str, source.input_shape)),
        "num_classes": source.num_classes,
        "slots": len(design.source.base_filters),
        "template": design.template,
        "template_name": design.template_name,
        "filters": " ".join(map(str, design.filters)),
        "peak": design.peak,
        "gap": f"{design.gap:.6f}",
        "macs": cost.macs,
        "published_flops": cost.published_flops,
        "params": cost.params,
        "trainable_params": cost.trainable_params,
        "activations": cost.activations,
        "peak_activation_bytes": costs.peak_activation_bytes(source.graph, design.filters),
        "summary_memory_bytes": design.summary_memory_bytes,
        "printed_cifar10_accuracy_percent": _printed(name, design.template),
    }


def _printed(network: str, template: str) -> str | None:
    """Returns what the paper prints for CIFAR-10, as it is printed."""
    for table in _PRINTED_TABLES:
        figure = published.printed().find(
            "myth", table, network=network, template=template, dataset="cifar10",
            quantity="accuracy_percent",
        )  # fmt: skip
        if figure is not None:
            return figure.text
    return None
