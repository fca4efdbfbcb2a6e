"""Rows of the filter size study: published, computed and measured figures, each in its own column.

Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes", tables 1 to 4.
"""

import dataclasses
import statistics
from collections.abc import Iterator, Mapping, Sequence

from nasbench_templates.graph.cost import Cost, CostModel
from nasbench_templates.networks import architecture
from nasbench_templates.papers.filter_size_networks import UNSHARED, Row
from nasbench_templates.papers.filter_size_trainings import NetworkScale, Trained
from nasbench_templates.papers.published import Figures
from nasbench_templates.report import paired
from nasbench_templates.report.result_tables import Column, ResultTable, Value

# What finished of a row's runs, by seed.
Repetitions = Mapping[int, Trained]
PAPER = "filter_size"
PUBLISHED_SHAPE, PUBLISHED_CLASSES = (32, 32, 3), 10
_REFERENCE = "no pooling"
_NOTE = (
    "Measured: test accuracy after the last epoch, mean ± sample deviation (from three seeds up). "
    + paired.note("the network without pooling of the same size")
    + " Parameters, MACs and operations are computed; of pruned networks they are the mean over "
    "the seeds, as is the effective depth. Full size: as published, whatever is trained here; its "
    "params are the trainable ones. Each resolution has a batch norm of its own unless said "
    "otherwise: with one for all, as the paper's text reads, a learned network of ours fell to "
    "44.6 % on test images. Not printed and so chosen: rate, momentum and weight decay of "
    "SGD."
)
# What is known of single rows, and of whole tables.
_POOLING = (
    "Predefined pooling stands after the first and the second third of the layers (3 and 6 of "
    "eight at full size): its places are in a figure that is lost."
)
_PLACEMENTS = (
    "no placement of one resolution for each of the eight layers has 0.26, the nearest 0.249 and "
    "0.268 (docs/filter_sizes.md)"
)
_ROW_NOTES = {
    ("1", "predefined pooling"): f"{_POOLING} It costs 0.149, published 0.26: {_PLACEMENTS}.",
    ("1", UNSHARED): "Filters of their own at every resolution are no row of the paper, which says "
    "that they start slowly and end in poor minima (section 3.5).",
    **{("2", f"predefined pooling C={channels}"): _POOLING for channels in (16, 32, 64)},
    ("4", "Conv C=128 D=8"): "Operations of Conv C=128 D=8 at full size (1.210, published 1.23) "
    "are unexplained by the count that gives 0.31 and 0.41.",
    ("4", "Eff-Conv C=128 D=8"): "Operations of Eff-Conv at full size (1.706, published 1.69) are "
    "1.69 without those of the activations.",
}
_TABLE_NOTES = {"4": "Table 4 prints errors; accuracies are 100 less them."}


def table_rows(
    rows: Sequence[Row],
    scale: NetworkScale,
    trained: Mapping[Row, Repetitions],
    figures: Figures,
) -> list[dict[str, Value]]:
    """Returns each row's figures.

    Args:
        rows: in the order of the table.
        scale: of the networks.
        trained: what finished, by row; rows may be missing.
        figures: published ones.
    """
    return [_table_row(row, scale, trained, figures) for row in rows]


def _table_row(
    row: Row, scale: NetworkScale, trained: Mapping[Row, Repetitions], figures: Figures
) -> dict[str, Value]:
    repetitions = trained.get(row, {})
    printed = _printed(figures, str(row.table), network="multires", variant=row.name)
    published = architecture.build("multires", PUBLISHED_SHAPE, PUBLISHED_CLASSES,
                                   dict(row.options))  # fmt: skip
    full = CostModel(published.graph).cost(published.base_filters)
    scores = paired.summarise(tuple(_accuracies(repetitions).values()))
    costs = _costs(row, scale, repetitions)
    is_whole = row.threshold is None
    return {
        "table": str(row.table),
        "row": row.name,
        "published_accuracy_percent": _accuracy(printed),
        "seeds": scores.count,
        "test_accuracy_percent": scores.mean,
        "test_accuracy_std": scores.std,
        **_difference(row, scale, trained),
        "effective_depth": _mean([each.effective_depth for each in repetitions.values()]),
        "published_learned_depth": printed.get("learned_depth"),
        "params": _mean([cost.params for cost in costs]),
        "mmacs": _mean([cost.macs / 1e6 for cost in costs]),
        "mops": _mean([cost.published_flops / 1e6 for cost in costs]),
        "full_size_trainable_params_millions": full.trainable_params / 1e6 if is_whole else None,
        "published_params_millions": printed.get("params_millions"),
        "full_size_gmacs": full.macs / 1e9 if is_whole else None,
        "full_size_gops": full.published_flops / 1e9 if is_whole else None,
        "published_gops": printed.get("published_gflops"),
    }


def _printed(figures: Figures, table: str, **keys: str) -> dict[str, float | None]:
    """Returns what the paper prints of one network, by quantity."""
    return {each.quantity: each.value for each in figures.select(PAPER, table, **keys)}


def _accuracy(printed: Mapping[str, float | None]) -> float | None:
    error = printed.get("error_percent")
    return printed.get("accuracy_percent") if error is None else round(100 - error, 2)


def _accuracies(repetitions: Repetitions) -> dict[int, float]:
    return {seed: 100 * each.accuracy for seed, each in repetitions.items()}


def _costs(row: Row, scale: NetworkScale, repetitions: Repetitions) -> list[Cost]:
    """Returns the costs that a row's networks have; none of a pruned one before it is trained."""
    built = scale.built(dict(row.options))
    graphs = [built.graph]
    if row.threshold is not None:
        # What is pruned depends on what was learned.
        graphs = [each.graph for each in repetitions.values()]
    return [CostModel(graph).cost(built.base_filters) for graph in graphs]


def _mean(values: Sequence[int | float | None]) -> int | float | None:
    """Returns the mean; a value that all share as it is."""
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    return known[0] if len(set(known)) == 1 else statistics.fmean(known)


def _difference(
    row: Row, scale: NetworkScale, trained: Mapping[Row, Repetitions]
) -> dict[str, Value]:
    reference = _without_pooling(row, scale, trained)
    base = None if reference is None else _accuracies(trained[reference])
    return paired.difference_row(base, _accuracies(trained.get(row, {})))


def _without_pooling(
    row: Row, scale: NetworkScale, trained: Mapping[Row, Repetitions]
) -> Row | None:
    """Returns the trained network without pooling of a row's size; `None` for itself."""
    options = {name: value for name, value in row.options if name != "learn_depth"}
    if options["variant"] == "no_pooling":
        return None
    wanted = scale.settings({**options, "variant": "no_pooling"})
    return next((each for each in trained if scale.settings(dict(each.options)) == wanted), None)


def result_table(rows: Sequence[Mapping[str, Value]], reductions: Sequence[str]) -> ResultTable:
    """Returns the table for people.

    Args:
        rows: from `table_rows`.
        reductions: what differs from the published protocol; may be empty.
    """
    tables = list(dict.fromkeys(str(row["table"]) for row in rows))
    known = [_ROW_NOTES.get((str(row["table"]), str(row["row"]))) for row in rows]
    marks = f"Not the published protocol: {'; '.join(reductions)}." if reductions else None
    notes = filter(None, dict.fromkeys([marks, _NOTE, *known, *map(_TABLE_NOTES.get, tables)]))
    columns = (
        Column("table", "table"),
        Column("row", "row"),
        Column("published_accuracy_percent", "published acc %", 1),
        Column("test_accuracy_percent", "measured acc %", 2, std="test_accuracy_std"),
        Column("seeds", "seeds"),
        dataclasses.replace(paired.COLUMNS[0], title=f"to {_REFERENCE}"),
        *paired.COLUMNS[1:],
        Column("published_learned_depth", "published depth", 0),
        Column("effective_depth", "measured effective depth"),
        Column("params", "params", 0),
        Column("mmacs", "MMACs", 2),
        Column("mops", "Mops", 2),
        Column("full_size_trainable_params_millions", "full size trainable params M", 3),
        Column("published_params_millions", "published params M", 1),
        Column("full_size_gmacs", "full size GMACs", 3),
        Column("full_size_gops", "full size Gops", 3),
        Column("published_gops", "published Gops", 2),
    )
    title = (
        "Networks without pooling or fixed filter sizes, "
        f"table{'s' if len(tables) > 1 else ''} {', '.join(tables)}"
    )
    return ResultTable(title, columns, tuple(rows), group_by=("table",), note=" ".join(notes))


def more_tables(rows: Sequence[Row], figures: Figures) -> Iterator[ResultTable]:
    """Yields what table 4 prints for comparison, if rows of it are asked for.

    Args:
        rows: those asked for.
        figures: published ones.
    """
    if any(row.table == 4 for row in rows):
        compared = figures.select(PAPER, "4", network="fabricnet", quantity="error_percent")
        yield ResultTable(
            "Table 4: published figures of Saxena and Verbeek's FabricNet",
            (Column("row", "row"), Column("accuracy", "published acc %", 2),
             Column("params", "published params M", 1)),
            tuple(_compared(figures, each.variant) for each in compared),
        )  # fmt: skip


def _compared(figures: Figures, variant: str) -> dict[str, Value]:
    printed = _printed(figures, "4", network="fabricnet", variant=variant)
    return {
        "row": f"FabricNet {variant}",
        "accuracy": _accuracy(printed),
        "params": printed.get("params_millions"),
    }
