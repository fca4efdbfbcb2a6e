"""The drafts' memory and inference times beside what our networks' layers put out, on CIFAR-10.

What the drafts' memory holds beyond a batch's maps is not said: the second has it "as reported by
CUDA". So both columns are also given in percent of the base, where they can be compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nasbench_templates.papers import count_tables
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.published import Figure, Figures
from nasbench_templates.report.result_tables import Column, ResultTable, Value

MEMORY = "memory_gb_per_batch"
_TIMES = {"inference_us": "us", "inference_ms_per_batch": "ms a batch"}
_BYTES = 4  # of a float32
# Version -> images in a batch by its section on the experiments, and what else it says of it.
_BATCHES = {"first": (64, ""), "second": (16, " (captions of its figures say 64)")}
_NOTE = (
    "Published figures were measured, ours are computed: elements of the outputs of convolutions, "
    "poolings and dense layers as float32, for the version's batches of {batch}. The published "
    "memory is what CUDA reported; no count of the networks gives it."
)


def resource_tables(figures: Figures) -> Iterator[ResultTable]:
    """Yields a table for each version of the drafts, in the order in which it prints its networks.

    Args:
        figures: all published ones.
    """
    for version, paper in count_tables.DRAFTS.items():
        chosen = figures.select(paper)
        batch_size, remark = _BATCHES[version]
        memories = [figure for figure in chosen if figure.quantity == MEMORY]
        times = {_place(each): each for each in chosen if each.quantity in _TIMES}
        units = {_TIMES[each.quantity] for each in times.values()}
        base = {each.network: each for each in memories if each.template == "base"}
        yield ResultTable(
            f"Memory and inference time on CIFAR-10, {version} version",
            _columns(", ".join(sorted(units))),
            tuple(
                _row(each, base[each.network], times.get(_place(each)), batch_size)
                for each in memories
            ),
            note=_NOTE.format(batch=f"{batch_size}{remark}"),
        )


def _columns(unit: str) -> tuple[Column, ...]:
    return (
        Column("network", "network"),
        Column("template", "template"),
        Column("published_gb", "published GB a batch"),
        Column("published_percent", "published, % of base", 1),
        Column("computed_gb", "computed GB a batch", 2),
        Column("computed_percent", "computed, % of base", 1),
        Column("published_time", f"published inference, {unit}"),
        Column("mmacs", "ours, MMACs", 2),
        Column("macs_percent_of_base", "ours, MACs % of base", 1),
    )


def _row(figure: Figure, base: Figure, time: Figure | None, batch_size: int) -> dict[str, Value]:
    cost, base_cost = (count_tables.network_of(each).plan().cost for each in (figure, base))
    has_both = figure.value is not None and base.value is not None
    return {
        "network": figure.network,
        "template": figure.template,
        "published_gb": figure.text,
        "published_percent": 100 * figure.number / base.number if has_both else None,
        "computed_gb": _BYTES * batch_size * cost.activations / 1e9,
        "computed_percent": 100 * cost.activations / base_cost.activations,
        "published_time": None if time is None else time.text,
        "mmacs": cost.macs / 1e6,
        "macs_percent_of_base": 100 * cost.macs / base_cost.macs,
    }


def _place(figure: Figure) -> tuple[str, str]:
    return figure.network, figure.template


def measured_table(
    measured: Sequence[tuple[StudyNetwork, Mapping[str, Any]]], figures: Figures, note: str
) -> ResultTable:
    """Returns memory and time of a batch on this machine beside what both versions print.

    Args:
        measured: from `resource_study.measure`, with the memory of a batch.
        figures: all published ones.
        note: what must be known beside it.
    """
    columns = (
        Column("network", "network"),
        Column("template", "template"),
        Column("trainable_params", "trainable params"),
        Column("first_gb", "first version, GB a batch of 64"),
        Column("second_gb", "second version, GB a batch"),
        Column("computed_gb", "computed GB", 3),
        Column("measured_gb", "measured GB", 3),
        Column("first_time", "first version, us"),
        Column("second_time", "second version, ms a batch"),
        Column("measured_ms", "measured ms a batch", 1),
        Column("batch_size", "images in our batch"),
    )
    rows = tuple(_measured_row(network, row, figures) for network, row in measured)
    title = "Filter redistribution templates: memory and time of a batch"
    return ResultTable(title, columns, rows, group_by=("network",), note=note)


def _measured_row(
    network: StudyNetwork, row: Mapping[str, Any], figures: Figures
) -> dict[str, Value]:
    cost, batch_size = network.plan().cost, row["batch_size"]
    found: dict[str, Value] = {"network": network.network, "template": network.template}
    for version, paper in count_tables.DRAFTS.items():
        for quantity, name in ((MEMORY, "gb"), *((each, "time") for each in _TIMES)):
            for figure in figures.select(
                paper, network=network.network, template=network.template, quantity=quantity
            ):
                found[f"{version}_{name}"] = figure.text
    return {
        **found,
        "trainable_params": cost.trainable_params,
        "macs": cost.macs,
        "computed_gb": _BYTES * batch_size * cost.activations / 1e9,
        "measured_gb": row["peak_memory_bytes"] / 1e9,
        "measured_ms": row["batch_latency_ms"],
        "batch_size": batch_size,
        "device": row["device"],
        "backend": row["backend"],
    }
