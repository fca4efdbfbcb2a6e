"""The drafts' memory and inference times beside what our networks' layers put out, on CIFAR-10.

The drafts do not say what their memory counts beyond a batch's maps, nor the size of the batch. So
both columns are also given in percent of the base, where they can be compared.
"""

from collections.abc import Iterator

from nasbench_templates.analysis.result_tables import Column, ResultTable, Value
from nasbench_templates.studies import count_tables
from nasbench_templates.studies.published import Figure, Figures

MEMORY = "memory_gb_per_batch"
_TIMES = {"inference_us": "us an image", "inference_ms_per_batch": "ms a batch"}
_BYTES = 4  # of a float32
_NOTE = (
    "Published figures were measured, ours are computed: elements of the outputs of convolutions, "
    "poolings and dense layers as float32, for batches of {batch_size}. The published batch and "
    "what else its memory holds are not said."
)


def resource_tables(figures: Figures, batch_size: int) -> Iterator[ResultTable]:
    """Yields a table for each version of the drafts, in the order in which it prints its networks.

    Args:
        figures: all published ones.
        batch_size: images whose maps are counted together.
    """
    for paper, version in zip(count_tables.DRAFTS, ("first", "second"), strict=True):
        chosen = figures.select(paper)
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
            note=_NOTE.format(batch_size=batch_size),
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
