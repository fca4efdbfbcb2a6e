"""The rows of `profile` for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from nasbench_templates.cli import output
from nasbench_templates.measure import memory
from nasbench_templates.support import tables

_KINDS = {
    memory.DEVICE_PREDICTION: "the device's peak while one image is predicted",
    memory.DEVICE_PROCESS: "the device's peak while the network is built and one image predicted",
    memory.RESIDENT: "peak resident memory of building and one prediction, imports taken off",
}


# What a narrow terminal does without first; JSON and CSV have all.
_LEAST_IMPORTANT = (
    *("profiler", "summary MB", "peak act. MB", "memory % less", "ms of a batch"),
    *("peak MB", "filters"),
)


def render(rows: Sequence[Mapping[str, Any]], titles: Sequence[str]) -> str:
    """Returns the printed columns of rows of the machine-readable contract.

    Args:
        rows: as in JSON.
        titles: what their templates are called in tables.
    """
    shown = [_row(row, title) for row, title in zip(rows, titles, strict=True)]
    return output.render_table(shown, least_important=_LEAST_IMPORTANT)


def _row(row: Mapping[str, Any], title: str) -> dict[str, str]:
    return {
        "template": title,
        "filters": tables.short_list(row["filters"], at_most=5),
        "MMACs": _millions(row["macs"]),
        "profiler": _millions(row["profiler_macs"]),
        "MACs % of base": f"{row['macs_percent_of_base']:.1f}",
        "params M": _millions(row["params"]),
        "params % less": _percent(row["params_reduction_percent"]),
        "peak MB": f"{row['peak_memory_bytes'] / 1e6:.1f}",
        "memory % less": _percent(row["peak_memory_reduction_percent"]),
        "peak act. MB": f"{row['peak_activation_bytes'] / 1e6:.3f}",
        "summary MB": f"{row['summary_memory_bytes'] / 1e6:.1f}",
        "ms (quartiles)": _time(row["latency_ms"], row["latency_quartiles_ms"]),
        "ms % less": _percent(row["latency_reduction_percent"]),
        "ms of a batch": _time(row["batch_latency_ms"], row["batch_latency_quartiles_ms"]),
        "images/s": f"{row['images_per_second']:.0f}",
    }


def _millions(count: int | None) -> str:
    return "-" if count is None else f"{count / 1e6:.3f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _time(median: float, quartiles: Sequence[float]) -> str:
    return f"{median:.2f} ({quartiles[0]:.2f}-{quartiles[1]:.2f})"


def footnote(rows: Sequence[Mapping[str, Any]], device: object) -> str:
    """Returns what the table's figures are and where they were measured."""
    kinds = {row["peak_memory_kind"] for row in rows}
    return (
        f"device: {device}; times: median of {rows[0]['repeats']} predictions of an "
        f"image and {rows[0]['batch_repeats']} of a batch of {rows[0]['batch_size']}; peak MB: "
        f"{', '.join(_KINDS[kind] for kind in sorted(kinds))}; peak act. and "
        "summary MB: computed, float32"
    )
