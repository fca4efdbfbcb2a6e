"""The rows of `evaluate` for people and for spreadsheets."""

from collections.abc import Mapping, Sequence
from typing import Any

from nasbench_templates.cli import design_table, output
from nasbench_templates.execution.evaluation import EvaluationRow, EvaluationSettings, Score

# What a narrow terminal does without first; JSON and CSV have all.
_LEAST_IMPORTANT = ("peak", "peak act. MB", "params % of base", "train s", "inference ms")


def render(rows: Sequence[EvaluationRow]) -> str:
    """Returns the printed table; accuracies in percent."""
    return output.render_table(
        [_table_row(row, rows) for row in rows], least_important=_LEAST_IMPORTANT
    )


def _table_row(row: EvaluationRow, rows: Sequence[EvaluationRow]) -> dict[str, str]:
    return {
        **design_table.row(row.design, [each.design for each in rows]),
        "peak act. MB": f"{row.peak_activation_bytes / 1e6:.3f}",
        "inference ms": _number(row.latency_ms, ".2f"),
        "train s": _number(row.train_seconds, ".1f"),
        "val %": _score(row.validation),
        "test %": _score(row.test),
    }


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _score(score: Score) -> str:
    if score.mean is not None and score.std is not None:
        return f"{100 * score.mean:.2f} +- {100 * score.std:.2f}"
    # Below three seeds a spread says nothing: the single values stand for themselves.
    known = [value for value in score.values if value is not None]
    return ", ".join(f"{100 * value:.2f}" for value in known) or "-"


def footnote(settings: EvaluationSettings, record: Mapping[str, Any] | None) -> str:
    """Returns what the table's figures are, and the benchmark's record of the base graph."""
    count = len(settings.seeds)
    lines = [
        f"{_count(count, 'seed')}, {_count(settings.config.epochs, 'epoch')}"
        + (", SMOKE RUN: figures mean nothing" if settings.data.smoke_images is not None else "")
        + "; inference: median at batch 1 on this machine; peak activations: computed, float32"
    ]
    if record is None:
        lines.append("benchmark record of the base graph: none")
    else:
        figures = [
            f"{label} {', '.join(f'{factor * value:.2f}' for value in record[key])} {unit}"
            for label, key, factor, unit in (
                ("validation", "validation_accuracy", 100, "%"),
                ("test", "test_accuracy", 100, "%"),
                ("training", "training_time", 1, "s"),
            )
            if record[key]
        ]
        lines.append(
            f"benchmark record of the base graph (CIFAR-10, 108 epochs; {record['source']}): "
            + ", ".join(figures)
        )
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def csv_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a row of the machine-readable contract without nesting."""
    flat = {key: value for key, value in row.items() if not isinstance(value, dict)}
    flat.pop("record", None)
    for key in ("val_accuracy", "test_accuracy"):
        for name, value in row[key].items():
            flat[f"{key}_{name}"] = value
    record = row["record"] or {}
    for key in ("source", "module_hash", "validation_accuracy", "test_accuracy", "training_time"):
        flat[f"record_{key}"] = record.get(key)
    return flat
