"""What a reader wants first of a folder of results: what was run, what is best, what is open."""

import pathlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nasbench_templates.report.collection import Collection
from nasbench_templates.report.result_tables import Column, ResultTable, Value
from nasbench_templates.runs import folders

_ACCURACY, _VERDICT = "test_accuracy_percent", "verdict"
_BASES = ("base", "unchanged")
# A mean of fewer says little, and no interval is made of it.
FEWEST_SEEDS = 3
_COLUMNS = (
    Column("network", "network"),
    Column("dataset", "data set"),
    Column("best", "best template"),
    Column(_ACCURACY, "test acc %", 2, "test_accuracy_std"),
    Column("base_accuracy", "base %", 2),
    Column("difference", "to base", 2),
    Column(_VERDICT, "verdict"),
    Column("seeds", "seeds"),
    Column("params_percent", "params % of base", 1),
    Column("source", "from"),
)


@dataclass(frozen=True, slots=True)
class Overview:
    """The opening of a report.

    Attributes:
        ran: sentences about what was run.
        best: the most accurate template of each network, data set and setting.
        unsettled: sentences about what is not finished, damaged or not decided; may be empty.
    """

    ran: tuple[str, ...]
    best: ResultTable
    unsettled: tuple[str, ...]


def overview(collection: Collection) -> Overview:
    """Returns the opening of a report on what was collected."""
    groups = [
        (source, rows) for source, table in _sources(collection) for rows in _groups(table.rows)
    ]
    rows = tuple(_best_row(source, rows) for source, rows in groups)
    note = (
        "Best is the highest mean test accuracy on the data; with few seeds the next run may name "
        f"another. A verdict needs {FEWEST_SEEDS} seeds in common with the base."
    )
    table = ResultTable("Best of each network", _COLUMNS, rows, (), note)
    return Overview(_ran(collection), table, tuple(_unsettled(collection, groups)))


def _sources(collection: Collection) -> Iterator[tuple[str, ResultTable]]:
    yield "runs", collection.scores
    for study in collection.studies:
        yield pathlib.PurePath(study.path).parent.name, study.tables[0]


def _groups(rows: Sequence[Mapping[str, Value]]) -> list[list[Mapping[str, Value]]]:
    """Returns rows of templates that were measured on the same network, data and setting.

    The base that a variant is compared with may be another variant's; it then stands first.
    """
    groups: dict[tuple, list[Mapping[str, Value]]] = {}
    bases: dict[tuple, Mapping[str, Value]] = {}
    for row in rows:
        if isinstance(row.get(_ACCURACY), int | float) and row.get("template") and not _smoke(row):
            key = _compared(row, row.get("variant"))
            groups.setdefault(key, []).append(row)
            if row["template"] in _BASES:
                bases.setdefault(key, row)
    for group in groups.values():
        base = bases.get(_compared(group[0], group[0].get("base_variant", group[0].get("variant"))))
        if base is not None and all(row is not base for row in group):
            group.insert(0, base)
    return [group for group in groups.values() if len(group) > 1]


def _compared(row: Mapping[str, Value], variant: Value) -> tuple[Value, ...]:
    return row.get("dataset"), row.get("network"), variant, row.get("setting")


def _smoke(row: Mapping[str, Value]) -> bool:
    return bool(row.get("smoke"))


def _best_row(source: str, rows: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    best = max(rows, key=lambda row: float(row[_ACCURACY] or 0))
    base = next((row for row in rows if row["template"] in _BASES), None)
    params = next((key for key in ("params", "trainable_params") if best.get(key)), None)
    percent = None
    if base is not None and params and isinstance(base.get(params), int | float):
        percent = 100 * float(best[params] or 0) / float(base[params] or 1)
    names = (best.get("network"), rows[-1].get("variant"))  # a base of another variant is first
    return {
        "network": " ".join(str(name) for name in names if name),
        "dataset": best.get("dataset"),
        "best": best.get("template_title") or best["template"],
        _ACCURACY: best[_ACCURACY],
        "test_accuracy_std": best.get("test_accuracy_std"),
        "base_accuracy": None if base is None else base[_ACCURACY],
        "difference": None if best is base else best.get("difference"),
        _VERDICT: "the base itself" if best is base else best.get(_VERDICT) or "none",
        "seeds": best.get("seeds"),
        "params_percent": percent,
        "source": source,
    }


def _ran(collection: Collection) -> tuple[str, ...]:
    said = []
    if runs := collection.runs:
        finished = sum(run.status == folders.FINISHED for run in runs)
        networks = {run.network for run in runs}
        data = sorted({str(run.config["dataset"]) for run in runs})
        templates = sorted({str(run.config["template"]) for run in runs}, key=_base_first)
        said.append(
            f"{_count(len(runs), 'training run')}, {finished} finished: "
            f"{_count(len(networks), 'network')}, templates {', '.join(templates)}, "
            f"data {', '.join(data)}."
        )
    if studies := collection.studies:
        titles = Counter(study.tables[0].title for study in studies)
        named = "; ".join(
            title if count == 1 else f"{title}, {count} times" for title, count in titles.items()
        )
        said.append(f"{_count(len(studies), 'study', 'studies')}: {named}.")
    return tuple(said)


def _base_first(name: str) -> tuple[bool, str]:
    return name not in _BASES, name


def _unsettled(
    collection: Collection, groups: Sequence[tuple[str, Sequence[Mapping[str, Value]]]]
) -> Iterator[str]:
    states = Counter(run.status for run in collection.runs if run.status != folders.FINISHED)
    for status, count in sorted(states.items(), key=str):
        yield f"{_count(count, 'run')} {status}: the same command goes on."
    if damaged := len(collection.left_out.rows):
        yield f"{_count(damaged, 'damaged file')} left out, named below."
    smoke = sum(_smoke(row) for _, table in _sources(collection) for row in table.rows)
    if smoke:
        yield f"{_count(smoke, 'row')} of smoke runs, whose figures mean nothing."
    others = [row for _, rows in groups for row in rows if row["template"] not in _BASES]
    few = sum(_seeds(row) < FEWEST_SEEDS for row in others)
    if few:
        yield f"{_count(few, 'comparison')} with fewer than {FEWEST_SEEDS} seeds: no verdict."
    undecided = sum(row.get(_VERDICT) == "open" for row in others)
    if undecided:
        yield (
            f"{undecided} of {_count(len(others), 'comparison')} with the base undecided: the 95 % "
            "interval of the difference holds zero."
        )


def _seeds(row: Mapping[str, Value]) -> int:
    seeds = row.get("seeds")
    return seeds if isinstance(seeds, int) else FEWEST_SEEDS


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
