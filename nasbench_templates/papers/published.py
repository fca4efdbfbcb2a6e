"""Figures as papers printed them, each with its table, row, column and source file.

A data file holds one paper. Its tables stand as printed: a figure's meaning (network, template,
data set, quantity, variant) is what its table, row and column say together. Nothing here is
computed or measured, and nothing else may be written into these files.

>>> key = {"network": "vgg19", "template": "base", "quantity": "params_millions"}
>>> base = printed().find("myth", "1", **key)
>>> base.value, base.decimals
(20.03, 2)
"""

import dataclasses
import functools
import importlib.resources
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from nasbench_templates.support.errors import DataError

if TYPE_CHECKING:
    from importlib.resources.abc import (  # type: ignore[import-not-found]  # from 3.11 on
        Traversable,
    )

SCHEMA = 1
# What tells figures apart besides paper and table.
KEYS = ("network", "template", "dataset", "quantity", "variant")
QUANTITIES = (
    "params_millions", "params_reduction_percent", "memory_mb", "memory_reduction_percent",
    "memory_gb_per_batch", "inference_ms", "inference_us", "inference_ms_per_batch",
    "inference_reduction_percent", "accuracy_percent", "error_percent", "learned_depth",
    "published_mflops", "published_gflops", "training_step_gflops",
)  # fmt: skip
_FILE_KEYS = {"schema", "paper", "title", "file", "tables", "readings"}
_TABLE_KEYS = {"table", "title", "note", "columns", "rows"}
_READING_KEYS = {"table", "row", "column", "printed", "used", "reason"}
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(?: \+- (\d+(?:\.\d+)?))?")


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """One printed figure.

    Attributes:
        paper: short name of the paper, as in its data file.
        file: source file that the figure was read from.
        table: the paper's number of the table, or where else the figure stands.
        row: row as printed.
        column: column as printed.
        network: registered architecture, or `nasbench101:` and the name of a cell; for comparison
            papers also print others.
        template: the template's printed name; the base is `base`.
        dataset: what it was measured on.
        quantity: one of `QUANTITIES`; the unit is in the name.
        text: the number as printed, without its deviation; `None` where the source lost it or has
            a dash.
        std: printed standard deviation, `None` without one.
        reading: why this value is used where the source is damaged or ambiguous.
        variant: what else tells networks apart; empty where nothing does.
    """

    paper: str
    file: str
    table: str
    row: str
    column: str
    network: str
    template: str
    dataset: str
    quantity: str
    text: str | None
    std: float | None
    reading: str | None
    variant: str = ""

    @property
    def value(self) -> float | None:
        """The printed number."""
        return None if self.text is None else float(self.text)

    @property
    def number(self) -> float:
        """The printed number of a figure that has one.

        Raises:
            DataError: it has none.
        """
        if self.text is None:
            raise DataError(
                f"{self.file}, {self.row}, {self.column}: expected a number, found none"
            )
        return float(self.text)

    @property
    def decimals(self) -> int:
        """Printed decimals."""
        return len((self.text or "").partition(".")[2])

    def is_printed_of(self, number: float) -> bool:
        """Returns whether the printed value is `number`, truncated or rounded to its decimals."""
        return self.text is not None and is_printed_of(self.text, number)

    @property
    def source(self) -> str:
        """Paper, table, row and column in one line."""
        return f"{self.paper}, table {self.table}, {self.row}, {self.column}"


def is_printed_of(text: str, number: float) -> bool:
    """Returns whether a printed number is `number`, truncated or rounded to its decimals."""
    decimals = len(text.partition(".")[2])
    scaled = abs(number) * 10**decimals
    # A hair's breadth for the binary representation of a decimal.
    lowest, nearest = math.floor(scaled + 1e-9), math.floor(scaled + 0.5)
    sign = -1 if number < 0 else 1
    return round(float(text) * 10**decimals) in (sign * lowest, sign * nearest)


class Figures:
    """Figures of one or several papers.

    Args:
        figures: all of them.
    """

    def __init__(self, figures: Iterable[Figure]):
        self._figures = tuple(figures)

    def __iter__(self) -> Iterator[Figure]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)

    def select(self, paper: str, table: str | None = None, **keys: str) -> tuple[Figure, ...]:
        """Returns the figures of a paper, or of one table, with the given keys, as printed.

        Args:
            paper: short name.
            table: one table; `None`: any.
            **keys: some of `KEYS`.
        """
        wanted = {"paper": paper, **keys}
        if table is not None:
            wanted["table"] = table
        return tuple(
            figure
            for figure in self._figures
            if all(getattr(figure, name) == value for name, value in wanted.items())
        )

    def find(self, paper: str, table: str, **keys: str) -> Figure | None:
        """Returns the only figure with these keys; `None` without one.

        Raises:
            DataError: several figures have them.
        """
        found = self.select(paper, table, **keys)
        if len(found) > 1:
            raise DataError(
                f"{paper}, table {table}: expected one figure for {keys}, found several"
            )
        return found[0] if found else None


@functools.cache
def printed() -> Figures:
    """Returns the figures of all papers that the package knows."""
    return load_folder(importlib.resources.files(__package__) / "printed")


def load_folder(folder: "Traversable") -> Figures:
    """Returns the figures of all data files in a folder.

    Args:
        folder: a path, or a folder of an installed package.

    Raises:
        DataError: no data file, or one that does not follow the schema.
    """
    inside = folder.iterdir() if folder.is_dir() else ()
    paths = sorted(
        (path for path in inside if path.name.endswith(".json")), key=lambda path: path.name
    )
    if not paths:
        raise DataError(f"{folder}: expected data files of published figures, found none")
    return Figures(figure for path in paths for figure in load(path))


def load(path: "Traversable") -> Figures:
    """Returns the figures of one paper.

    Raises:
        DataError: the file is missing, no JSON or does not follow the schema; the message says
            where.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected a JSON file of published figures: {error}") from error
    _check_keys(content, _FILE_KEYS, str(path))
    if content["schema"] != SCHEMA:
        raise DataError(f"{path}: expected schema {SCHEMA}, received {content['schema']!r}")
    readings = {}
    for reading in content["readings"]:
        where = f"{path}, readings"
        _check_keys(reading, _READING_KEYS, where)
        readings[reading["table"], reading["row"], reading["column"]] = reading
    figures = [
        figure for table in content["tables"] for figure in _figures(path, content, table, readings)
    ]
    _check_unique(path, figures)
    places = {(figure.table, figure.row, figure.column) for figure in figures}
    for place in readings.keys() - places:
        raise DataError(f"{path}, readings: expected table, row and column of a figure: {place}")
    return Figures(figures)


def _figures(
    path: "Traversable", content: Mapping, table: Mapping, readings: Mapping[tuple, Mapping]
) -> Iterator[Figure]:
    where = f"{path}, table {table.get('table')}"
    _check_keys(table, _TABLE_KEYS, where, optional={"note", *KEYS})
    for row in table["rows"]:
        _check_keys(row, {"printed", "values"}, f"{where}, rows", optional=set(KEYS))
        place = f"{where}, row {row['printed']}"
        if len(row["values"]) != len(table["columns"]):
            raise DataError(
                f"{place}: expected {len(table['columns'])} values, one for each column, "
                f"received {len(row['values'])}"
            )
        for column, text in zip(table["columns"], row["values"], strict=True):
            _check_keys(column, {"printed"}, f"{where}, columns", optional=set(KEYS))
            number, std = _number(text, f"{place}, column {column['printed']}")
            reading = readings.get((table["table"], row["printed"], column["printed"]))
            if reading is not None and reading["used"] != text:
                raise DataError(
                    f"{place}: expected the reading {reading['used']!r}, found {text!r}"
                )
            yield Figure(
                paper=content["paper"],
                file=content["file"],
                table=table["table"],
                row=row["printed"],
                column=column["printed"],
                **_keys((table, row, column), place),
                text=number,
                std=std,
                reading=reading["reason"] if reading else None,
            )


def _keys(parts: tuple[Mapping, ...], where: str) -> dict[str, str]:
    keys = {}
    for name in KEYS:
        said = [part[name] for part in parts if name in part]
        if name == "variant":
            keys[name] = " ".join(said)  # a row and a column may each say a part of it
            continue
        if len(said) != 1:
            raise DataError(
                f"{where}: expected {name} from exactly one of table, row and column, "
                f"received {said}"
            )
        keys[name] = said[0]
    if keys["quantity"] not in QUANTITIES:
        raise DataError(
            f"{where}: expected a quantity of {', '.join(QUANTITIES)}, "
            f"received {keys['quantity']!r}"
        )
    return keys


def _number(text: str | None, where: str) -> tuple[str | None, float | None]:
    if text is None:
        return None, None
    match = _NUMBER.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise DataError(
            f"{where}: expected a printed number such as '20.03' or '94.90 +- 0.10', "
            f"received {text!r}"
        )
    number, std = match.groups()
    return number, None if std is None else float(std)


def _check_keys(
    content: object, allowed: set[str], where: str, optional: AbstractSet[str] = frozenset()
) -> None:
    if not isinstance(content, dict):
        raise DataError(f"{where}: expected an object, received {type(content).__name__}")
    missing = sorted(allowed - optional - content.keys())
    unknown = sorted(content.keys() - allowed - optional)
    if missing or unknown:
        raise DataError(
            f"{where}: expected the keys {', '.join(sorted(allowed - optional))}; "
            f"missing: {', '.join(missing) or 'none'}, unknown: {', '.join(unknown) or 'none'}"
        )


def _check_unique(path: "Traversable", figures: Iterable[Figure]) -> None:
    seen = set()
    for figure in figures:
        identity = (figure.table, *(getattr(figure, name) for name in KEYS))
        if identity in seen:
            raise DataError(f"{path}: expected each figure once, found {figure.source} twice")
        seen.add(identity)
