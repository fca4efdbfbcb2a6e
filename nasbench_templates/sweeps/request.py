"""What a sweep asks for: grids of networks, templates, budgets, data, training and seeds.

One mapping says it, whether it comes from flags, from Python or from a file:

    networks: [resnet, vgg19, cells.jsonl]
    options: {stem_filters: 16}            # of networks around cells
    templates: [base, a, b]
    budgets: [1x, 0.5x]
    datasets: [digits, {name: fashion_mnist, folder: /data/fashion_mnist, train_images: 1000}]
    training: [{recipe: short, epochs: 2}]
    seeds: [0, 1, 2]

Each value may also stand alone. `runs` makes it a list: each of its entries is a grid that takes
what it leaves out from the outer keys. Paths are taken from the working folder.
"""

import contextlib
import dataclasses
import json
import pathlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nasbench_templates.design.settings import MatchSettings
from nasbench_templates.distributions.template import BASE
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.support import texts
from nasbench_templates.support.errors import ConfigError, DataError, SpecError, describe
from nasbench_templates.training.config import TrainConfig

if TYPE_CHECKING:
    import jsonschema

_TEXT = {"type": "string", "minLength": 1}
_OBJECT = {"type": "object"}
_SEED = {"type": "integer", "minimum": 0}
_COUNT = {"type": "integer", "minimum": 1}


def _listed(item: Mapping[str, Any]) -> dict[str, Any]:
    # Not `anyOf`: a fault in a list would be told as one of a single value.
    many = {"items": item, "minItems": 1}
    return {"if": {"type": "array"}, "then": many, "else": item}


def _text_or(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"if": {"type": "string"}, "then": _TEXT, "else": item}


def _fields(record: type, *left_out: str, **more: Any) -> dict[str, Any]:
    """Returns the schema of an object with the fields of a dataclass; it checks their values."""
    names: dict[str, Any] = {
        field.name: {} for field in dataclasses.fields(record) if field.name not in left_out
    }
    return {"type": "object", "properties": {**names, **more}, "additionalProperties": False}


_KINDS = ("model", "cell", "cells")
_NETWORK = _text_or(
    {
        "type": "object",
        "properties": {
            "model": _TEXT,
            "cell": _text_or(_OBJECT),
            "cells": _TEXT,
            "limit": _COUNT,
            "label": _TEXT,
            "options": _OBJECT,
        },
        "oneOf": [{"required": [kind]} for kind in _KINDS],
        "additionalProperties": False,
    }
)
# The entries of these keys are settings.
_SETTINGS = {
    "datasets": _fields(DataRequest, "audio"),
    "training": _fields(TrainConfig, "mixing", recipe=_TEXT),
    "matching": _fields(MatchSettings, "budget"),
}
# What flags call otherwise than the settings that they set.
_OF_FLAGS = {"limit_train_images": "train_images", "match_rule": "rule"}
_GRID = {
    "networks": _listed(_NETWORK),
    "options": _OBJECT,
    "templates": _listed(_TEXT),
    "budgets": _listed({"anyOf": [_TEXT, {"type": "number", "exclusiveMinimum": 0}]}),
    "matching": _SETTINGS["matching"],
    "datasets": _listed(_text_or({**_SETTINGS["datasets"], "required": ["name"]})),
    "training": _listed(_text_or(_SETTINGS["training"])),
    "seeds": _listed(_SEED),
}
SCHEMA = {
    "type": "object",
    "properties": {
        **_GRID,
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "properties": _GRID, "additionalProperties": False},
        },
    },
    "additionalProperties": False,
}
DEFAULTS: Mapping[str, Any] = {
    "options": {},
    "templates": [BASE],
    "budgets": ["1x"],
    "matching": {},
    "datasets": ["digits"],
    "training": [{}],
    "seeds": [0],
}


@dataclass(frozen=True, slots=True)
class Grid:
    """Every combination of these is a run.

    Attributes:
        networks: as in a sweep's file: texts, or mappings with `model`, `cell` or `cells`.
        options: of all networks around cells.
        templates: registered names.
        budgets: texts that `Budget.parse` reads.
        matching: other fields of `MatchSettings`.
        datasets: mappings of `DataRequest`'s fields.
        training: mappings of `recipe` and `TrainConfig`'s fields.
        seeds: whole numbers of at least 0.
        places: of the entries of each key, for messages, such as `sweep.yaml, training[1]`.
    """

    networks: tuple[str | Mapping[str, Any], ...]
    options: Mapping[str, Any]
    templates: tuple[str, ...]
    budgets: tuple[str, ...]
    matching: Mapping[str, Any]
    datasets: tuple[Mapping[str, Any], ...]
    training: tuple[Mapping[str, Any], ...]
    seeds: tuple[int, ...]
    places: Mapping[str, tuple[str, ...]]

    def at(self, key: str) -> Iterator[tuple["Place", Any]]:
        """Yields the entries of a key, each with the place that messages name."""
        values = getattr(self, key)
        entries = values if isinstance(values, tuple) else (values,)
        return zip(map(Place, self.places[key]), entries, strict=True)


class Place(contextlib.AbstractContextManager[None]):
    """Where an entry stands; what is wrong in its block is told with it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ConfigError | SpecError | DataError):
            raise type(error)(f"{self._text}: {describe(error)}") from None


def parse(content: object, where: str = "sweep") -> tuple[Grid, ...]:
    """Returns the grids that a mapping describes.

    Args:
        content: as in the module's description.
        where: names it in messages, for example a file.

    Raises:
        ConfigError: it does not fit the schema, or names no network.
    """
    import jsonschema

    validator = jsonschema.Draft202012Validator(SCHEMA)
    error = jsonschema.exceptions.best_match(validator.iter_errors(plain(content)))
    if error is not None:
        place = error.json_path.removeprefix("$").lstrip(".") or "the whole"
        raise ConfigError(f"{where}, {place}: {_told(error)[:600]}")
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected names and values, received {content!r:.80}")
    outer = {**DEFAULTS, **{name: value for name, value in content.items() if name != "runs"}}
    grids = []
    for number, inner in enumerate(content.get("runs", [{}])):
        places = {
            name: f"{where}, runs[{number}].{name}" if name in inner else f"{where}, {name}"
            for name in _GRID
        }
        grids.append(_grid({**outer, **inner}, where, places))
    return tuple(grids)


def _told(error: "jsonschema.ValidationError") -> str:
    """Returns what a fault is, with the names that are expected where one is unknown."""
    if "oneOf" in (error.validator, error.parent and error.parent.validator):
        return f"expected exactly one of {', '.join(_KINDS)}"
    if error.validator == "minItems":
        return "expected at least one value, received an empty list"
    if error.validator != "additionalProperties":
        return error.message
    known = error.schema["properties"]
    unknown = [name for name in error.instance if name not in known]
    is_network = "networks" in error.absolute_path
    hints = "" if is_network else "".join(map(_hint, unknown))
    told = ", ".join(map(repr, unknown))
    return f"expected names among {', '.join(known)}; received {told}{hints}"


def _hint(name: str) -> str:
    """Returns where a setting belongs that stands elsewhere, or has the name of its flag."""
    meant = _OF_FLAGS.get(name, name)
    for key, schema in _SETTINGS.items():
        if meant in schema["properties"]:
            return f"; write {key}: {{{meant}: ...}}"
    return ""


def plain(content: Any) -> Any:
    """Returns what JSON would hold: tuples, ranges and NumPy's arrays are lists there."""
    if hasattr(content, "tolist"):
        content = content.tolist()
    if isinstance(content, Mapping):
        return {name: plain(value) for name, value in content.items()}
    if isinstance(content, list | tuple | range):
        return [plain(value) for value in content]
    return content


def _grid(content: Mapping[str, Any], where: str, places: Mapping[str, str]) -> Grid:
    if "networks" not in content:
        raise ConfigError(f"{where}: expected networks, received none")
    entries = {name: _entries(content[name], places[name]) for name in _GRID}
    values = {name: tuple(found.values()) for name, found in entries.items()}
    return Grid(
        networks=values["networks"],
        options=content["options"],
        templates=values["templates"],
        budgets=tuple(map(str, values["budgets"])),
        matching=content["matching"],
        datasets=tuple(_named("name", each) for each in values["datasets"]),
        training=tuple(_named("recipe", each) for each in values["training"]),
        seeds=values["seeds"],
        places={name: tuple(found) for name, found in entries.items()},
    )


def _entries(value: object, place: str) -> Mapping[str, Any]:
    """Returns the different entries of a value, which may be one, by their places."""
    if not isinstance(value, list | tuple):
        return {place: value}
    found: dict[str, object] = {}
    for number, each in enumerate(value):
        if each not in found.values():
            found[f"{place}[{number}]"] = each
    return found


def _named(key: str, entry: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: entry} if isinstance(entry, str) else entry


def read_file(path: pathlib.Path) -> dict[str, Any]:
    """Returns the content of a sweep's file in YAML, TOML or JSON.

    Raises:
        ConfigError: another kind of file, one that does not exist, or one that is malformed.
        DataError: it is no text.
    """
    if path.suffix not in _READERS:
        known = ", ".join(_READERS)
        raise ConfigError(f"{path}: expected a file that ends with one of {known}")
    try:
        text = texts.read_whole(path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    try:
        content = _READERS[path.suffix](text)
    except ValueError as error:
        raise ConfigError(f"{path}: malformed: {describe(error)}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected names and values, received {content!r:.80}")
    return content


def _yaml(text: str) -> object:
    import yaml

    class Loader(yaml.SafeLoader):
        """As `yaml.safe_load`, but a name stands once in a mapping."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
            _once([key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)])
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader)  # a safe one
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _json(text: str) -> object:
    def mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
        _once([name for name, _ in pairs])
        return dict(pairs)

    return json.loads(text, object_pairs_hook=mapping)


def _once(names: Sequence[str]) -> None:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"expected each name once in a mapping, received {', '.join(twice)} twice")


def _toml(text: str) -> object:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


_READERS: Mapping[str, Callable[[str], object]] = {
    ".yaml": _yaml,
    ".yml": _yaml,
    ".toml": _toml,
    ".json": _json,
}
