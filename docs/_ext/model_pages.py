"""The table of models, docs/models.csv, as a table for each network."""

import csv
import itertools
import pathlib

from nasbench_templates.support import tables

_PATH = pathlib.Path(__file__).parents[1] / "models.csv"


def markdown() -> str:
    """Returns a section for each network."""
    with _PATH.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parts = []
    for network, group in itertools.groupby(rows, key=lambda row: row["network"]):
        parts.append(_section(network, list(group)))
    return "\n\n".join(parts)


def _section(network: str, rows: list[dict[str, str]]) -> str:
    first = rows[0]
    lines = [
        f"## {network}",
        f"{first['description'].rstrip('.')}. Input {first['input_shape']}, "
        f"{first['num_classes']} classes, {first['slots']} slots.",
        "| template | filters | MMACs | % of base | parameters | % of base | "
        "peak activations, kB | printed CIFAR-10 accuracy, % |\n"
        "|:---|:---|---:|---:|---:|---:|---:|---:|\n" + "\n".join(_row(row, first) for row in rows),
    ]
    return "\n\n".join(lines)


def _row(row: dict[str, str], base: dict[str, str]) -> str:
    macs, params = int(row["macs"]), int(row["params"])
    cells = (
        " ".join(dict.fromkeys((row["template"], row["template_name"]))),
        tables.short_list([int(width) for width in row["filters"].split()]),
        f"{macs / 1e6:,.2f}",
        f"{100 * macs / int(base['macs']):.1f}",
        f"{params:,}",
        f"{100 * params / int(base['params']):.1f}",
        f"{int(row['peak_activation_bytes']) / 1e3:,.0f}",
        row["printed_cifar10_accuracy_percent"] or "-",
    )
    return f"| {' | '.join(cells)} |"
