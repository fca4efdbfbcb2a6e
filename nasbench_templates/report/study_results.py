"""The `results.json` of studies: their tables, and where their figures come from."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nasbench_templates.report.result_tables import Column, ResultTable, Value
from nasbench_templates.support.errors import DataError

_BEST = {"highest": max, "lowest": min, None: None}


@dataclass(frozen=True, slots=True)
class StudyResults:
    """What one study left.

    Attributes:
        path: of its `results.json`, relative to the folder of all results.
        tables: its main table, then the others.
        origin: a row of `provenance`.
    """

    path: str
    tables: tuple[ResultTable, ...]
    origin: Mapping[str, Value]


def parse(content: Mapping, path: str) -> StudyResults:
    """Returns a study's results.

    Args:
        content: of its `results.json`.
        path: of that file, relative to the folder of all results.

    Raises:
        DataError: something is missing, as in files from another version.
    """
    try:
        main = _table(content, f"{path}. Scale {content['scale']}. {content['note']}".strip())
        if content.get("reductions"):
            reduced = ", reduced" if content["scale"] == "full" else ""
            main = dataclasses.replace(main, title=f"{main.title} ({content['scale']}{reduced})")
        if content["scale"] == "smoke":
            main = dataclasses.replace(
                main, rows=tuple({**row, "smoke": True} for row in main.rows)
            )
        more = []
        for each in content.get("more", ()):
            # The further tables are computed, at any scale alike.
            table = _table(each, f"{path}. {each['note']}".strip())
            more.append(dataclasses.replace(table, title=f"{content['title']}: {table.title}"))
        tables = (main, *more)
        return StudyResults(path, tables, _origin(content, path))
    except KeyError as error:
        raise DataError(f"{path}: expected a study's results, {error} is missing") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise DataError(f"{path}: expected a study's results, received others: {error}") from error


def _table(content: Mapping, note: str) -> ResultTable:
    columns = tuple(
        Column(
            column["key"],
            _title(column["key"], column["title"]),
            column["decimals"],
            column["std"],
            _BEST[column["best"]],
            column["repeats"],
        )
        for column in content["columns"]
    )
    return ResultTable(
        content["title"], columns, tuple(content["rows"]), tuple(content["group_by"]), note
    )


def _title(key: str, title: str) -> str:
    """Returns a column's title; older files call trainable parameters just params."""
    is_unsaid = "trainable_params" in key and "trainable" not in title
    return title.replace("params", "trainable params") if is_unsaid else title


def _origin(content: Mapping, path: str) -> dict[str, Value]:
    counts = content.get("runs")
    return {
        "path": path,
        "command": content["command"],
        "scale": content["scale"],
        "finished": f"{counts['finished']} of {counts['all']}" if counts else None,
        "device": content.get("device") or None,
        "versions": listed(content.get("versions") or {}),
        "data": listed(content.get("data") or {}),
        "data_checksums": listed(content.get("data_checksums") or {}),
        "settings": listed(content.get("settings") or {}),
    }


def listed(items: Mapping[str, object]) -> str | None:
    """Returns names with their values as people read them, sorted; `None` for none."""
    return ", ".join(f"{name} {value}" for name, value in sorted(items.items())) or None


def provenance(found: Sequence[StudyResults]) -> ResultTable:
    """Returns a row for each study; columns without any value are left out."""
    columns = (
        Column("path", "study"),
        Column("command", "command"),
        Column("scale", "scale"),
        Column("finished", "finished"),
        Column("device", "device"),
        Column("versions", "versions"),
        Column("data", "data"),
        Column("data_checksums", "data SHA-256"),
        Column("settings", "settings"),
    )
    rows = tuple(each.origin for each in found)
    shown = tuple(each for each in columns if any(row[each.key] is not None for row in rows))
    return ResultTable("Provenance of studies", shown, rows)
