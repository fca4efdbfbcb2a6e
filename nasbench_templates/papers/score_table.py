"""Accuracies of a training study: measured beside published, and seed by seed against the base."""

from collections.abc import Mapping, Sequence

from nasbench_templates.papers import holm
from nasbench_templates.papers.accuracy_tables import ACCURACY
from nasbench_templates.papers.paper_networks import SCALED_BASE
from nasbench_templates.papers.published import Figures
from nasbench_templates.papers.runner import StudyOutcome
from nasbench_templates.papers.study import FULL, Group, TrainingStudy, base_group, macs_percent
from nasbench_templates.report import paired
from nasbench_templates.report.result_tables import Column, ResultTable, Value


def score_rows(
    study: TrainingStudy, outcomes: Sequence[StudyOutcome], figures: Figures
) -> tuple[dict[str, Value], ...]:
    """Returns one row for each data set, network, template and variant, in the order of the runs.

    Args:
        study: whose runs these are.
        outcomes: of its runs.
        figures: published ones.
    """
    groups: dict[Group, list[StudyOutcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.run.group, []).append(outcome)
    rows = tuple(_row(study, key, groups, figures) for key in groups)
    return _corrected(rows, groups) if study.is_corrected else rows


def _corrected(
    rows: Sequence[dict[str, Value]], groups: Mapping[Group, Sequence[StudyOutcome]]
) -> tuple[dict[str, Value], ...]:
    """Returns the rows with intervals that hold for all comparisons with one base at once."""
    families: dict[Group, dict[int, tuple[list[float], list[float]]]] = {}
    for place, key in enumerate(groups):
        base = base_group(groups, key)
        if base not in (None, key):
            own, others = _scores(groups[base]), _scores(groups[key])
            shared = sorted(own.keys() & others.keys())
            families.setdefault(base, {})[place] = (
                [own[seed] for seed in shared],
                [others[seed] for seed in shared],
            )
    found = {
        place: difference
        for family in families.values()
        for place, difference in holm.differences(family).items()
    }
    return tuple(
        {**row, **found[place].to_row()} if found.get(place) else row
        for place, row in enumerate(rows)
    )


def _row(
    study: TrainingStudy,
    key: Group,
    groups: Mapping[Group, Sequence[StudyOutcome]],
    figures: Figures,
) -> dict[str, Value]:
    dataset, network, variant, template = key
    group = groups[key]
    scores, design = _scores(group), group[0].network
    cost = design.cost
    summary, base = paired.summarise(tuple(scores.values())), base_group(groups, key)
    results = [outcome.result for outcome in group if outcome.result is not None]
    row: dict[str, Value] = {
        "dataset": dataset,
        "network": network,
        "variant": variant,
        "template": template,
        # Where a paper's name stands for another template of ours, it is the paper's that is shown.
        "template_title": design.template_title if template == design.template else template,
        "applied": design.template,
        "applied_title": design.template_title,
        "filters": " ".join(map(str, design.filters)),
        "params": cost.params,
        "trainable_params": cost.trainable_params,
        "macs": cost.macs,
        "macs_percent_of_base": macs_percent(
            design, None if base is None else groups[base][0].network
        ),
        "base_variant": variant if base is None else base[2],
        "activations": cost.activations,
        "summary_memory_mb": design.summary_memory_bytes / 1e6,
        "seeds": summary.count,
        "test_accuracy_percent": summary.mean,
        "test_accuracy_std": summary.std,
        "latency_ms": paired.mean_time(results, "latency_ms"),
        "train_seconds": paired.mean_time(results, "train_seconds"),
        "device": paired.devices_of(results),
        **paired.difference_row(None if base in (None, key) else _scores(groups[base]), scores),
        **_published(study, figures, key),
    }
    failures = [outcome.failure for outcome in group if outcome.failure]
    row["failures"] = "; ".join(failures) or None
    return row


def _scores(group: Sequence[StudyOutcome]) -> dict[int, float]:
    """Returns test accuracies in percent by seed, of the runs that finished."""
    return {
        outcome.run.seed: 100 * outcome.result["test_accuracy"]
        for outcome in group
        if outcome.result is not None
    }


def _published(study: TrainingStudy, figures: Figures, key: Group) -> dict[str, Value]:
    dataset, network, variant, template = key
    found = None
    # A variant is another network of the study; the small scale's widths are reductions of it.
    for paper, table in study.published if not variant else ():
        keys = {"network": network, "template": template, "dataset": dataset, "quantity": ACCURACY}
        found = found or figures.find(paper, table, **keys)
    return {
        "published_accuracy_percent": None if found is None else found.value,
        "published_std": None if found is None else found.std,
        "published_source": None if found is None else f"{found.paper}, table {found.table}",
    }


def score_table(
    study: TrainingStudy, rows: Sequence[Mapping[str, Value]], sources: Mapping[str, str]
) -> ResultTable:
    """Returns the table for people.

    Args:
        study: whose rows these are.
        rows: from `score_rows`.
        sources: data set -> what its images were read from.
    """
    columns = [
        Column("dataset", "data set"),
        Column("network", "network"),
        Column("template_title", "template"),
    ]
    if any(row["variant"] for row in rows):
        columns.append(Column("variant", "variant"))
    if any(row["applied"] not in (row["template"], SCALED_BASE) for row in rows):
        columns.append(Column("applied_title", "distribution"))
    columns += [
        Column("published_accuracy_percent", "published acc %", 2, std="published_std"),
        Column("test_accuracy_percent", "measured acc %", 2, "test_accuracy_std", max, "seeds"),
        Column("seeds", "seeds"),
        *paired.COLUMNS,
        Column("params", "params", best=min),
        Column("macs", "MACs"),
        Column("macs_percent_of_base", "MACs % of base", 1),
        Column("summary_memory_mb", "computed memory MB", 1),
        *paired.latency_columns(rows),
    ]
    return ResultTable(
        study.title,
        tuple(columns),
        tuple(rows),
        group_by=("dataset", "network", "base_variant"),
        note=" ".join((*notes(study), *_read_from(sources))),
    )


def notes(study: TrainingStudy) -> tuple[str, ...]:
    """Returns what must be known beside a study's figures, the reductions first."""
    statistics = (
        "Measured: test accuracy after the last epoch, mean ± sample deviation (from three seeds "
        f"up). {holm.NOTE if study.is_corrected else paired.note()}"
    )
    if study.scale == FULL:
        return (*study.applicable_notes, statistics)
    reduced = "; ".join(study.reductions)
    marks = f"{study.scale.capitalize()} scale, not the published protocol: {reduced}."
    return (marks, *study.applicable_notes, statistics)


def _read_from(sources: Mapping[str, str]) -> tuple[str, ...]:
    read = ", ".join(f"{name} from {source}" for name, source in sources.items())
    return (f"Images read: {read}.",) if read else ()
