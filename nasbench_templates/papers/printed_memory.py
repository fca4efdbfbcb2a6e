"""The memory that "The Myth of the Pyramid" prints, computed from the networks: 30 of 30 cells.

The paper does not say how memory was taken. Its figures are what tools that summarise a network's
modules print for one image; docs/memory.md tells how that was found, and the evidence.

>>> from nasbench_templates.papers import paper_networks
>>> table1_mb(paper_networks.classifier("vgg19", "base").plan())  # printed 87.0
87.031808
"""

import dataclasses
import math
from collections.abc import Iterable, Iterator

from nasbench_templates.design.design import Design
from nasbench_templates.graph import summary
from nasbench_templates.papers import count_tables
from nasbench_templates.papers.count_tables import Comparison
from nasbench_templates.papers.published import Figure
from nasbench_templates.report.result_tables import Column, ResultTable

MEMORY = "memory_mb"
# Of the audio networks in table 5: the size of the images they summarised, not of the features.
TABLE5_SHAPE = (224, 224, 3)
_BYTES_PER_FLOAT32 = 4
_MEBIBYTE = 2**20
NOTE = (
    "Memory is computed, not measured: trainable values, and the outputs of all modules forward "
    "and backward, float32, one image (docs/memory.md)."
)


def table1_mb(network: Design) -> float:
    """Returns memory as in table 1: whole MiB of values and of outputs, in MB.

    Args:
        network: for images of CIFAR-10.
    """
    values = summary.parameter_bytes(network.cost.trainable_params)
    outputs = summary.output_bytes(network.summary_outputs)
    return (values // _MEBIBYTE + outputs // _MEBIBYTE) * _MEBIBYTE / 1e6


def table5_mb(network: Design) -> float:
    """Returns memory as in table 5: with the image, in MB.

    Args:
        network: for images of `TABLE5_SHAPE`.
    """
    image = _BYTES_PER_FLOAT32 * math.prod(network.architecture.input_shape)
    return (network.summary_memory_bytes + image) / 1e6


def compare_memory(figures: Iterable[Figure]) -> Iterator[Comparison]:
    """Yields printed memory of tables 1 and 5 beside ours; other figures are left out."""
    for figure in figures:
        if figure.quantity == MEMORY and figure.value is not None:
            network = count_tables.network_of(figure)
            if figure.dataset == "audio":
                settings = dataclasses.replace(network.settings, input_shape=TABLE5_SHAPE)
                network = dataclasses.replace(network, settings=settings)
                yield Comparison(figure, table5_mb(network.plan()), network)
            else:
                yield Comparison(figure, table1_mb(network.plan()), network)


def memory_table(title: str, comparisons: Iterable[Comparison]) -> ResultTable:
    """Returns a table of printed memory beside ours by the same rule.

    Args:
        title: one line.
        comparisons: its rows.
    """
    rows = tuple(
        {**each.to_row(), "summary_outputs": each.network.plan().summary_outputs}
        for each in comparisons
    )
    columns = (
        Column("table", "table"),
        Column("network", "network"),
        Column("template", "template"),
        Column("summary_outputs", "outputs"),
        Column("trainable_params", "params"),
        Column("published", "published MB"),
        Column("ours", "ours, MB", 3),
        Column("agrees", "as printed"),
    )
    return ResultTable(title, columns, rows, note=NOTE)
