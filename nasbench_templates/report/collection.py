"""What a folder of results holds: runs, summed up over their seeds, and the tables of studies.

Runs are folders as `train`, `evaluate` and the studies leave them; a study's table is its
`results.json`. Paths are told relative to the folder, so that a report names no machine.
"""

import dataclasses
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from absl import logging

from nasbench_templates.distributions import template as distributions
from nasbench_templates.distributions.template import BASE
from nasbench_templates.report import paired, study_results
from nasbench_templates.report.result_tables import Column, ResultTable, Value
from nasbench_templates.report.study_results import StudyResults
from nasbench_templates.runs import folders, stored_runs
from nasbench_templates.runs.stored_runs import Run
from nasbench_templates.support import files
from nasbench_templates.support.errors import DataError, describe

_BASES = (BASE, "unchanged")
_NOTE = (
    "Runs of one setting differ in template, widths and seed only. Mean ± sample deviation from "
    f"three seeds up. {paired.note()}"
)
_SMOKE_NOTE = "Smoke runs saw a few images: their figures mean nothing and are not compared. "


@dataclass(frozen=True, slots=True)
class Collection:
    """What a report shows.

    Attributes:
        runs: all run folders, by path.
        scores: one row for each network, template and setting, summed up over seeds.
        studies: by path.
        provenance: one row for each run.
        left_out: one row for each file that is damaged.
    """

    runs: tuple[Run, ...]
    scores: ResultTable
    studies: tuple[StudyResults, ...]
    provenance: ResultTable
    left_out: ResultTable

    @property
    def tables(self) -> tuple[ResultTable, ...]:
        """All tables that have rows, in the order of a report."""
        titles = [study.tables[0].title for study in self.studies]
        studies = []
        for study in self.studies:
            # Two folders of one study and scale are told apart by their names.
            is_unique = titles.count(study.tables[0].title) == 1
            folder = "" if is_unique else f", {pathlib.PurePath(study.path).parent}"
            studies += [
                dataclasses.replace(table, title=table.title + folder) for table in study.tables
            ]
        origins = (study_results.provenance(self.studies), self.provenance)
        found = (self.left_out, *studies, self.scores, *origins)
        return tuple(table for table in found if table.rows)


def collect(folder: pathlib.Path) -> Collection:
    """Returns what a folder holds, at any depth.

    Raises:
        DataError: the folder does not exist, or holds neither a run nor a study's results.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: expected a folder with results, there is none")
    faults: dict[str, str] = {}
    found = tuple(stored_runs.read(folder, faults))
    studies = tuple(_studies(folder, faults))
    for path, fault in faults.items():
        logging.warning("%s is left out: %s", path, fault)
    if not found and not studies and not faults:
        raise DataError(
            f"{folder}: expected run folders (train, evaluate) or a study's results.json, "
            "found none"
        )
    rows = tuple({"path": path, "fault": fault} for path, fault in faults.items())
    columns = (Column("path", "file or run"), Column("fault", "why"))
    left_out = ResultTable("Left out: damaged files", columns, rows)
    return Collection(found, _scores(found), studies, _provenance(found), left_out)


def _studies(folder: pathlib.Path, faults: dict[str, str]) -> Iterator[StudyResults]:
    for path in sorted(folder.rglob("results.json")):
        place = path.relative_to(folder).as_posix()
        content = files.read_json(path)
        if content is None:
            faults[place] = "no whole JSON object of ours"
        elif "study" in content:
            try:
                yield study_results.parse(content, place)
            except DataError as error:
                faults[place] = describe(error)


def _scores(found: Sequence[Run]) -> ResultTable:
    settings: dict[str, dict[tuple, list[Run]]] = {}
    for run in found:
        if run.status == folders.FINISHED:
            settings.setdefault(run.comparable, {}).setdefault(run.variant, []).append(run)
    rows = [
        {
            **_score_row(group, _base(groups), _macs_of_base(groups)),
            "setting": number,
            "compared": _compared(number, variant, groups),
        }
        for number, groups in enumerate(sorted(settings.values(), key=_is_smoke), 1)
        for variant, group in sorted(groups.items(), key=_base_first)
    ]
    has_smoke = any(row["smoke"] for row in rows)
    has_widths = len({row["compared"] for row in rows}) > len({row["setting"] for row in rows})
    columns = (
        *([Column("smoke", "smoke")] if has_smoke else []),
        Column("dataset", "data set"),
        Column("network", "network"),
        Column("setting", "setting"),
        Column("template_title", "template"),
        *([Column("filters", "filters")] if has_widths else []),
        Column("seeds", "seeds"),
        Column("test_accuracy_percent", "test acc %", 2, "test_accuracy_std",
               max, "seeds"),
        Column("val_accuracy_percent", "val acc %", 2, "val_accuracy_std"),
        *paired.COLUMNS,
        Column("params", "params", best=min),
        Column("macs", "MACs"),
        Column("macs_percent_of_base", "MACs % of base", 1),
        *paired.latency_columns(rows),
        Column("train_seconds", "training s", 1),
    )  # fmt: skip
    return ResultTable(
        "All runs, summed up over seeds",
        columns,
        tuple(rows),
        ("compared",),
        f"{_SMOKE_NOTE if has_smoke else ''}{_NOTE}",
    )


def _is_smoke(groups: Mapping[tuple, Sequence[Run]]) -> bool:
    return next(iter(groups.values()))[0].is_smoke


def _compared(number: int, variant: tuple, groups: Mapping[tuple, Sequence[Run]]) -> str:
    """Returns what rows that are compared share: of several widths of a template none is best."""
    template, filters, _ = variant
    widths = [each for each in groups if each[0] == template]
    return str(number) if len(widths) == 1 else f"{number} {template} {' '.join(map(str, filters))}"


def _macs_of_base(groups: Mapping[tuple, Sequence[Run]]) -> int | None:
    """Returns the MACs of the one network under its published widths; `None` without it."""
    bases = [group for (template, *_), group in groups.items() if template == BASE]
    return bases[0][0].result.get("macs") if len(bases) == 1 else None


def _base_first(item: tuple[tuple, Sequence[Run]]) -> tuple[bool, tuple]:
    variant, _ = item
    return variant[0] not in _BASES, variant


def _base(groups: Mapping[tuple, Sequence[Run]]) -> Sequence[Run] | None:
    bases = [group for (template, *_), group in groups.items() if template in _BASES]
    # Several bases, for example at several widths, are none to compare with.
    return bases[0] if len(bases) == 1 and not bases[0][0].is_smoke else None


def _score_row(
    group: Sequence[Run], base: Sequence[Run] | None, macs_of_base: int | None
) -> dict[str, Value]:
    first = group[0]
    macs = first.result.get("macs")
    results = [run.result for run in group]
    scores = _accuracies(group, "test_accuracy")
    reference = None if base in (None, group) else _accuracies(base, "test_accuracy")
    test = paired.summarise(tuple(scores.values()))
    validation = paired.summarise(tuple(_accuracies(group, "val_accuracy").values()))
    return {
        "dataset": str(first.config["dataset"]),
        "network": first.network,
        "template": str(first.config["template"]),
        "template_title": distributions.title(first.config["template"], 1 + first.total_gap),
        "filters": " ".join(map(str, first.config["filters"])),
        "seeds": test.count,
        "test_accuracy_percent": test.mean,
        "test_accuracy_std": test.std,
        "val_accuracy_percent": validation.mean,
        "val_accuracy_std": validation.std,
        **paired.difference_row(reference, scores),
        "params": first.result.get("params"),
        "trainable_params": first.result.get("trainable_params"),
        "macs": macs,
        "macs_percent_of_base": 100 * macs / macs_of_base if macs and macs_of_base else None,
        "latency_ms": paired.mean_time(results, "latency_ms"),
        "train_seconds": paired.mean_time(results, "train_seconds"),
        "device": paired.devices_of(results),
        "smoke": first.is_smoke,
    }


def _accuracies(group: Sequence[Run], key: str) -> dict[int, float]:
    """Returns accuracies in percent by seed."""
    return {
        run.config["seed"]: 100 * run.result[key]
        for run in group
        if run.result.get(key) is not None
    }


def _provenance(found: Sequence[Run]) -> ResultTable:
    columns = tuple(
        Column(key, title)
        for key, title in (
            ("path", "run"),
            ("status", "status"),
            ("seed", "seed"),
            ("epochs", "epochs"),
            ("device", "device"),
            ("versions", "versions"),
            ("data_source", "data"),
            ("data_checksum", "data SHA-256"),
        )
    )
    return ResultTable("Provenance of runs", columns, tuple(_origin(run) for run in found))


def _origin(run: Run) -> dict[str, Value]:
    return {
        "path": run.path,
        "status": run.status,
        "seed": run.config.get("seed"),
        "epochs": run.result.get("epochs"),
        "device": run.result.get("device"),
        "versions": study_results.listed(run.result.get("versions") or {}),
        "data_source": run.result.get("data_source"),
        "data_checksum": run.config.get("data_checksum"),
    }
