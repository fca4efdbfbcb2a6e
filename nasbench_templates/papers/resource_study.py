"""What networks take on this machine, one at a time, each kept as soon as it is measured.

Memory is measured in a process of its own; the computed figures beside it are exact.
"""

import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nasbench_templates.design.design import Design
from nasbench_templates.measure import resources
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.published import Figures
from nasbench_templates.report.result_tables import Column, ResultTable, Value
from nasbench_templates.runs import provenance
from nasbench_templates.support import files
from nasbench_templates.training import devices

# Published quantity -> (key of the measured row, what makes it the published unit).
_QUANTITIES = {
    "params_millions": ("trainable_params", 1e-6),
    "memory_mb": ("peak_memory_bytes", 1e-6),
    "inference_ms": ("latency_ms", 1.0),
}
# Memory is measured once, and what was measured once is never best.
_BEST: dict[str, dict[str, Any]] = {
    "params_millions": {"best": min},
    "memory_mb": {},
    "inference_ms": {"best": min, "repeats": "repeats"},
}
_REDUCTIONS = {
    "params_millions": "params_reduction_percent",
    "memory_mb": "memory_reduction_percent",
    "inference_ms": "inference_reduction_percent",
}


def measure(
    networks: Sequence[StudyNetwork],
    folder: pathlib.Path,
    repeats: int,
    batch_size: int,
    on_network: Callable[[StudyNetwork, bool], None] | None = None,
    *,
    is_memory_of_batch: bool = False,
) -> list[tuple[StudyNetwork, Mapping[str, Any]]]:
    """Returns what each network takes; what is in the folder from before is read back.

    Args:
        networks: planned and measured in this order.
        folder: receives one JSON file for each network; what another device, backend or
            version left there is measured anew.
        repeats: predictions of one image that the time is the median of, at least 30.
        batch_size: images at once for the throughput.
        on_network: told of every network and whether it is read back.
        is_memory_of_batch: whether memory is that of predicting a batch, and not one image.

    Raises:
        TrainingError: a process that measures memory failed.
        OSError: the folder cannot be written to.
    """
    files.check_writable(folder)
    # The processes that measure memory need room on the accelerator that this one also uses.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    here = {
        "device": devices.describe(),
        "backend": devices.keras_backend(),
        "versions": provenance.versions(),
    }
    memory: dict[str, Any] = {"memory_batch_size": batch_size} if is_memory_of_batch else {}
    rows = []
    for network in networks:
        planned = network.plan()
        asked = {
            "network": network.network,
            "template": network.template,
            "filters": list(planned.filters),
            # The same filters on other images or classes are another network.
            "macs": planned.cost.macs,
            "trainable_params": planned.cost.trainable_params,
            "repeats": repeats,
            "batch_size": batch_size,
            "batch_repeats": resources.BATCH_REPEATS,
            **memory,
            **here,
        }
        path = folder / f"{network.label}.json"
        known = files.read_json(path)
        is_known = known is not None and all(
            known.get(key) == value for key, value in asked.items()
        )
        if on_network:
            on_network(network, is_known)
        if not is_known:
            (measured,) = resources.measure_resources(
                [planned], repeats, batch_size=batch_size, **memory
            )
            known = {**measured.to_json(None), **asked}
            files.write_json(path, known)
        rows.append(known or {})
    return list(zip(networks, rows, strict=True))


def compared_rows(
    measured: Sequence[tuple[StudyNetwork, Mapping[str, Any]]],
    figures: Figures,
    paper: str,
    table: str,
    memory_mb: Callable[[Design], float] | None = None,
) -> tuple[dict[str, Value], ...]:
    """Returns a row for each network: published, computed and measured figures in own columns.

    Args:
        measured: from `measure`; the base of every network is among them.
        figures: published ones.
        paper: where the published ones stand.
        table: likewise.
        memory_mb: computes memory as it was published, where that is known.
    """
    bases = {network.network: row for network, row in measured if network.template == "base"}
    return tuple(
        _compared_row(network, row, bases.get(network.network), figures, (paper, table), memory_mb)
        for network, row in measured
    )


def _compared_row(
    network: StudyNetwork,
    row: Mapping[str, Any],
    base: Mapping[str, Any] | None,
    figures: Figures,
    place: tuple[str, str],
    memory_mb: Callable[[Design], float] | None,
) -> dict[str, Value]:
    keys = {"network": network.network, "template": network.template}
    found: dict[str, Value] = dict(keys)
    for quantity, (key, factor) in _QUANTITIES.items():
        for name in (quantity, _REDUCTIONS[quantity]):
            figure = figures.find(*place, quantity=name, **keys)
            found[f"published_{name}"] = None if figure is None else figure.text
        found[f"our_{quantity}"] = factor * row[key]
        found[f"our_{_REDUCTIONS[quantity]}"] = _reduction(
            row[key], None if base is None else base[key]
        )
    if memory_mb is not None:
        computed = memory_mb(network.plan())
        figure = figures.find(*place, quantity="memory_mb", **keys)
        found["computed_memory_mb"] = computed
        found["memory_agrees"] = figure is not None and figure.is_printed_of(computed)
    return {
        **found,
        "macs": row["macs"],
        "peak_activation_bytes": row["peak_activation_bytes"],
        "peak_memory_kind": row["peak_memory_kind"],
        "images_per_second": row["images_per_second"],
        "batch_size": row["batch_size"],
        "repeats": row["repeats"],
        "batch_repeats": row["batch_repeats"],
        "device": row["device"],
        "backend": row["backend"],
    }


def _reduction(value: float, base: float | None) -> float | None:
    return None if not base else 100 * (1 - value / base)


def resource_table(
    title: str, rows: Sequence[Mapping[str, Value]], notes: Sequence[str]
) -> ResultTable:
    """Returns the table for people: published, computed and measured never share a column.

    Args:
        title: one line.
        rows: from `compared_rows`.
        notes: what must be known beside it.
    """
    columns = [Column("network", "network"), Column("template", "template")]
    for quantity, what, decimals in (
        ("params_millions", "params M", 2),
        ("memory_mb", "memory MB", 1),
        ("inference_ms", "inference ms", 2),
    ):
        is_params = quantity == "params_millions"
        kind = "computed" if is_params else "measured"
        ours = f"{kind} trainable {what}" if is_params else f"{kind} {what}"
        columns += [
            Column(f"published_{quantity}", f"published {what}"),
            Column(f"published_{_REDUCTIONS[quantity]}", "published % less"),
        ]
        if quantity == "memory_mb" and "computed_memory_mb" in rows[0]:
            columns += [
                Column("computed_memory_mb", f"computed {what}", 1),
                Column("memory_agrees", "as printed"),
            ]
        columns += [
            Column(f"our_{quantity}", ours, decimals, **_BEST[quantity]),
            Column(f"our_{_REDUCTIONS[quantity]}", f"{kind} % less", 1),
        ]
    columns.append(Column("images_per_second", "images/s", 0, best=max, repeats="batch_repeats"))
    return ResultTable(
        title, tuple(columns), tuple(rows), group_by=("network",), note=" ".join(notes)
    )
