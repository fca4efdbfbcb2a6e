"""What a study leaves in its folder besides the runs: results as JSON, CSV and Markdown."""

import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nasbench_templates.report import result_tables
from nasbench_templates.report.result_tables import ResultTable, Value
from nasbench_templates.runs import provenance
from nasbench_templates.support import files

RESULTS = "results.json"
# What stands above the tables of results.md.
_HEAD = {
    "scale": "scale",
    "settings": "settings",
    "data": "data",
    "num_images": "training, validation and test images",
    "device": "device",
    "versions": "versions",
}


def origin(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns what measured figures come from: device, versions, data sets with their checksums.

    Args:
        results: contents of `result.json` of finished runs; may be empty.
    """
    versions = [result["versions"] for result in results] or [provenance.versions()]
    return {
        "device": _joined(result["device"] for result in results),
        "versions": {
            name: _joined(each[name] for each in versions if name in each)
            for name in sorted(set().union(*versions))
        },
        "data": _by_dataset(results, "data_source"),
        "data_checksums": _by_dataset(results, "data_checksum"),
        "num_images": _by_dataset(results, "num_images"),
    }


def _by_dataset(results: Sequence[Mapping[str, Any]], key: str) -> dict[str, str]:
    return {
        name: _joined(_text(result[key]) for result in results if str(result["dataset"]) == name)
        for name in dict.fromkeys(str(result["dataset"]) for result in results)
    }


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _joined(values: Iterable[object]) -> str:
    """Returns what all share, or everything that differs."""
    return "; ".join(sorted({str(value) for value in values}))


def write(
    folder: pathlib.Path, table: ResultTable, about: Mapping[str, Any], *more: ResultTable
) -> None:
    """Writes results.json, results.csv and results.md.

    Args:
        folder: exists.
        table: the study's main table, whose rows go into all three files.
        about: what the rows depend on: command, scale, reductions, versions, device, and
            settings where the scale does not say them all.
        *more: further tables, for results.json and results.md.

    Raises:
        OSError: the folder cannot be written to.
    """
    files.write_json(
        folder / RESULTS, {**_content(table), "more": [_content(each) for each in more], **about}
    )
    with files.replacing_text(folder / "results.csv") as file:
        file.write(result_tables.to_csv(table))
    with files.replacing_text(folder / "results.md") as file:
        file.write(_markdown((table, *more), about))


def _content(table: ResultTable) -> dict[str, Any]:
    return {
        "title": table.title,
        "note": table.note,
        "columns": [_column(column) for column in table.columns],
        "group_by": list(table.group_by),
        "rows": [dict(row) for row in table.rows],
    }


def _column(column: result_tables.Column) -> dict[str, Value]:
    return {
        "key": column.key,
        "title": column.title,
        "decimals": column.decimals,
        "std": column.std,
        "best": "highest" if column.best is max else "lowest" if column.best is min else None,
        "repeats": column.repeats,
    }


def _markdown(tables: Sequence[ResultTable], about: Mapping[str, Any]) -> str:
    lines = [f"# {tables[0].title}", "", "    " + str(about["command"]), ""]
    for name, label in _HEAD.items():
        if about.get(name):
            lines += [f"- {label}: {_plain(about[name])}"]
    for table in tables:
        lines += ["", f"## {table.title}", "", result_tables.to_markdown(table)]
        if table.note:
            lines += ["", table.note]
    return "\n".join(lines) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in sorted(value.items()))
    return str(value)
