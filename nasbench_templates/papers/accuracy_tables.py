"""Accuracies as printed, for studies whose small scale trains other networks or data sets."""

from collections.abc import Iterable, Mapping

from nasbench_templates.papers.published import Figure
from nasbench_templates.report.result_tables import Column, ResultTable, Value

ACCURACY = "accuracy_percent"
_NOTE = "All are printed figures; nothing here is computed or measured."


def published_accuracies(
    title: str, sources: Mapping[str, Iterable[Figure]], note: str = ""
) -> ResultTable:
    """Returns a row for each data set, network and template, in printed order.

    Args:
        title: one line.
        sources: what stands above a column -> its figures; other quantities are left out.
        note: what else must be known beside it.
    """
    rows: dict[tuple[str, str, str], dict[str, Value]] = {}
    for name, figures in sources.items():
        for figure in figures:
            if figure.quantity == ACCURACY:
                place = (figure.dataset, figure.network, figure.template)
                row = rows.setdefault(
                    place, dict(zip(("dataset", "network", "template"), place, strict=True))
                )
                row[name] = figure.text
    columns = (
        Column("dataset", "data set"),
        Column("network", "network"),
        Column("template", "template"),
        *(Column(name, f"{name}, acc %") for name in sources),
    )
    return ResultTable(title, columns, tuple(rows.values()), note=f"{_NOTE} {note}".strip())
