"""The drafts' memory and inference times beside what our networks' layers put out, on CIFAR-10.

What the drafts' memory holds beyond a batch's maps is not said: the second has it "as reported by
CUDA". So both columns are also given in percent of the base, where they can be compared.
"""

from collections.abc import Iterator

from nasbench_templates.papers import count_tables
from nasbench_templates.papers.published import Figure, Figures
from nasbench_templates.report.result_tables import Column, ResultTable, Value

MEMORY = "memory_gb_per_batch"
_TIMES = {"inference_us": "us", "inference_ms_per_batch": "ms a batch"}
_BYTES = 4  # of a float32
# Version -> images in a batch by its section on the experiments, and what else it says of it.
_BATCHES = {"first": (64, ""), "second": (16, " (captions of its figures say 64)")}
_NOTE = (
    "Published figures were measured, ours are computed: elements of the outputs of convolutions, "
    "poolings and dense layers as float32, for the version's batches of {batch}. What else the "
    "published memory holds is not said."
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
    )


def _row(figure: Figure, base: Figure, time: Figure | None, batch_size: int) -> dict[str, Value]:
    cost, base_cost = (count_tables.network_of(each).plan().cost for each in (figure, base))
    has_both = figure.value is not None and base.value is not None
    return {
        "network": figure.network,
        "template": figure.template,
        "published_gb": figure.text,
        "published_percent": 100 * figure.value / base.value if has_both else None,
        "computed_gb": _BYTES * batch_size * cost.activations / 1e9,
        "computed_percent": 100 * cost.activations / base_cost.activations,
        "published_time": None if time is None else time.text,
        "mmacs": cost.macs / 1e6,
    }


def _place(figure: Figure) -> tuple[str, str]:
    return figure.network, figure.template
