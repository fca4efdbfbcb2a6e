"""Published figures beside the exact counts of the same networks, row by row.

Counts are analytic, so every table here is complete without training or measuring anything.
"""

import dataclasses
from collections.abc import Iterable, Iterator

from nasbench_templates.papers import paper_networks
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.published import Figure, Figures
from nasbench_templates.report.result_tables import Column, ResultTable, Value

PARAMS = "params_millions"
# Printed FLOPs of the base networks: quantity -> (attribute of the cost, its unit).
_FLOPS = {
    "published_mflops": ("published_flops", 1e6),
    "published_gflops": ("published_flops", 1e9),
}
_UNITS = {"published_mflops": "MFLOPs", "published_gflops": "GFLOPs"}
_FLOPS_NOTE = (
    "One image; a multiply-accumulate counts once, and batch norms, activations and poolings count "
    "too (docs/templates.md, section 2)."
)
# Version -> paper.
DRAFTS = {"first": "redistribution_draft1", "second": "redistribution_draft2"}
RESNET_IMAGENET_NOTE = (
    "ResNet-50 a to e: unresolved; the same filters fit on CIFAR-10 and in table 5."
)
_TINY_SHAPE, _TINY_CLASSES = (64, 64, 3), 200


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """One published figure and the same figure of our network.

    Attributes:
        figure: as printed.
        ours: the exact number behind it, in the figure's unit.
        network: ours.
    """

    figure: Figure
    ours: float
    network: StudyNetwork

    @property
    def relative_percent(self) -> float:
        """How far ours is above the published figure, in percent of it."""
        return 100 * (self.ours / self.figure.number - 1)

    @property
    def agrees(self) -> bool:
        """Whether the printed figure is ours, truncated or rounded to its decimals."""
        return self.figure.is_printed_of(self.ours)

    def to_row(self) -> dict[str, Value]:
        """Returns the row of a table."""
        planned = self.network.plan()
        return {
            "paper": self.figure.paper,
            "table": self.figure.table,
            "network": self.figure.network,
            "template": self.figure.template,
            "dataset": self.figure.dataset,
            "published": self.figure.text,
            "ours": self.ours,
            "difference_percent": self.relative_percent,
            "agrees": self.agrees,
            "applied": self.network.applied,
            "trainable_params": planned.cost.trainable_params,
            "macs": planned.cost.macs,
            "macs_percent_of_base": planned.macs_percent_of_base,
        }


def network_of(figure: Figure, *, by_plain_rule: bool = False) -> StudyNetwork:
    """Returns our network for a figure of tables 1, 4, 5 or 6 or of the drafts.

    Args:
        figure: what was printed.
        by_plain_rule: for table 6, see `networks.nasbench_network`.
    """
    name, template = figure.network, figure.template
    if name.startswith(paper_networks.CELL_PREFIX):
        cell = name.removeprefix(paper_networks.CELL_PREFIX)
        return paper_networks.nasbench_network(cell, template, by_plain_rule=by_plain_rule)
    if figure.paper in DRAFTS.values():
        return _draft_network(figure)
    if figure.dataset == "imagenet":
        shape, classes = paper_networks.IMAGENET_SHAPE, paper_networks.IMAGENET_CLASSES
    elif figure.dataset == "audio":
        shape, classes = paper_networks.AUDIO_SHAPE, paper_networks.AUDIO_CLASSES
    else:
        shape, classes = paper_networks.CIFAR_SHAPE, 10
    return paper_networks.classifier(name, template, shape, classes)


def _draft_network(figure: Figure) -> StudyNetwork:
    name, template = figure.network, figure.template
    if figure.dataset != "tiny_imagenet":
        return paper_networks.redistributed(name, template)
    if name == "vgg19":
        # The printed counts need a dense layer on a map of 7x7, which 224x224 images leave.
        shape, options = paper_networks.IMAGENET_SHAPE, {"head": "flatten"}
        return paper_networks.redistributed(name, template, shape, _TINY_CLASSES, options=options)
    return paper_networks.redistributed(name, template, _TINY_SHAPE, _TINY_CLASSES)


def compare_params(figures: Iterable[Figure], *, by_plain_rule: bool = False) -> list[Comparison]:
    """Returns printed parameter counts in millions beside our trainable parameters.

    Args:
        figures: those of other quantities are left out.
        by_plain_rule: for table 6, see `networks.nasbench_network`.
    """
    return [
        Comparison(figure, network.plan().cost.trainable_params / 1e6, network)
        for figure in figures
        if figure.quantity == PARAMS and figure.value is not None
        for network in (network_of(figure, by_plain_rule=by_plain_rule),)
    ]


def compare_flops(figures: Iterable[Figure]) -> Iterator[Comparison]:
    """Yields printed FLOPs of one image beside ours, counted as the paper counts them."""
    for figure in figures:
        if figure.quantity in _FLOPS:
            attribute, unit = _FLOPS[figure.quantity]
            network = network_of(figure)
            yield Comparison(figure, getattr(network.plan().cost, attribute) / unit, network)


_COLUMNS = (
    Column("network", "network"),
    Column("template", "template"),
    Column("published", "published M"),
    Column("trainable_params", "our trainable params"),
    Column("difference_percent", "difference %", 2),
    Column("agrees", "as printed"),
    Column("mmacs", "ours, MMACs", 2),
    Column("macs_percent_of_base", "ours, MACs % of base", 1),
)


def params_table(
    title: str, comparisons: Iterable[Comparison], note: str = "", *, has_applied: bool = False
) -> ResultTable:
    """Returns a table of parameter counts, published beside ours.

    Args:
        title: one line.
        comparisons: its rows.
        note: what must be known beside it.
        has_applied: whether the registered template that a printed name stands for is shown.
    """
    rows = tuple(
        {**row, "mmacs": comparison.network.plan().cost.macs / 1e6}
        for comparison, row in ((each, each.to_row()) for each in comparisons)
    )
    columns = list(_COLUMNS)
    if has_applied:
        columns.insert(2, Column("applied", "distribution"))
    if len({row["dataset"] for row in rows}) > 1:
        columns.insert(0, Column("dataset", "data set"))
    return ResultTable(title, tuple(columns), rows, note=note)


def flops_table(title: str, comparisons: Iterable[Comparison]) -> ResultTable:
    """Returns a table of printed FLOPs beside our count by the same rule.

    Args:
        title: one line.
        comparisons: its rows.
    """
    rows = tuple(
        {**comparison.to_row(), "unit": _UNITS[comparison.figure.quantity]}
        for comparison in comparisons
    )
    columns = (
        Column("dataset", "data set"),
        Column("network", "network"),
        Column("published", "published"),
        Column("ours", "ours", 2),
        Column("unit", "unit"),
        Column("difference_percent", "difference %", 2),
        Column("agrees", "as printed"),
    )
    return ResultTable(title, columns, rows, note=_FLOPS_NOTE)


def params_tables(figures: Figures) -> tuple[ResultTable, ...]:
    """Returns the tables of all published counts: tables 1, 4, 5, 6, the drafts' and FLOPs."""
    table6 = figures.select("myth", "6")
    return (
        params_table(
            "Table 1: networks for CIFAR-10",
            compare_params(figures.select("myth", "1")),
            "VGG-19 a fits a peak of 585 and a first layer of 65; no linear rule gives that.",
        ),
        params_table(
            "Table 4: the same filters on ImageNet",
            compare_params(figures.select("myth", "4")),
            RESNET_IMAGENET_NOTE,
        ),
        params_table(
            "Table 5: the same filters of ResNet-50 on audio, with 50 classes",
            compare_params(figures.select("myth", "5")),
        ),
        params_table(
            "Table 6: NAS-Bench-101, as published",
            compare_params(table6),
            "Peaks are multiples of 10; the smallest width is 128 for a, 64 for the others; the "
            "printed columns b and c are exchanged. ResNet-50-style: a fits a peak of 442, the "
            "uniform distribution (printed c) one of 180, 12 % under the budget.",
            has_applied=True,
        ),
        params_table(
            "Table 6: NAS-Bench-101, by the plain rule",
            compare_params(table6, by_plain_rule=True),
            "Step 1 and smallest width 128: what the published rule itself gives.",
            has_applied=True,
        ),
        *draft_tables(figures),
        flops_table("Printed FLOPs of the bases", compare_flops(figures.select("myth"))),
    )


def draft_tables(figures: Figures) -> Iterator[ResultTable]:
    """Yields the tables of the drafts' parameter counts, first and second version."""
    notes = {
        "first": "The second version prints other counts for the networks that differ most here.",
        "second": "ResNet-50 uniform: 200 filters a stage fit, the rule says 240. VGG-19 on "
        "Tiny-ImageNet: with a dense layer on a map of 7x7, as the counts imply.",
    }
    for version, paper in DRAFTS.items():
        yield params_table(
            f"Redistribution templates, {version} version",
            compare_params(figures.select(paper)),
            "VGG-19 quadratic: the parabola through 512 at both ends, not the printed system. "
            + notes[version],
        )
