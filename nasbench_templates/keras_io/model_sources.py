"""Where a Keras model comes from: memory, a `.keras` file, `applications:NAME`, `module:function`.

A file is never trusted: what would run code of its own is refused before Keras reads it.
"""

import importlib
import json
import os
import pathlib
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import keras

from nasbench_templates.support.errors import ConfigError, DataError

# A model, a file's path, or a text such as "applications:ResNet50" or "package.module:function".
Source: TypeAlias = "keras.Model | str | os.PathLike[str]"
InputShape: TypeAlias = "Sequence[int] | Sequence[Sequence[int]] | None"

APPLICATIONS = "applications"
_SUFFIX = ".keras"
# The member of a `.keras` file that describes the layers.
_DESCRIPTION = "config.json"


def is_source(text: str) -> bool:
    """Returns whether a text names a Keras model rather than a registered architecture."""
    return ":" in text or text.endswith(_SUFFIX) or os.sep in text


def load(source: Source, input_shape: InputShape = None) -> keras.Model:
    """Returns the model that a source stands for; a model in memory is returned itself.

    Args:
        source: what to load.
        input_shape: passed to the constructors of `keras.applications`.

    Raises:
        ConfigError: no such file, module, function or application, or what is no Keras model.
        DataError: a file that is damaged, of another kind, or that would execute code.
    """
    if not isinstance(source, str | os.PathLike):
        return _checked(source, type(source).__name__)
    text = os.fspath(source)
    if text.endswith(_SUFFIX) or pathlib.Path(text).exists():
        return _from_file(pathlib.Path(text))
    module, separator, name = text.partition(":")
    if not separator:
        raise ConfigError(
            f"expected a Keras model: a .keras file, applications:ResNet50 or module:function, "
            f"received {text!r}"
        )
    if module == APPLICATIONS:
        return _application(name, input_shape)
    return _from_function(module, name)


def shapes_of(input_shape: InputShape) -> tuple[tuple[int, ...], ...] | None:
    """Returns one shape for each input: a shape of numbers is that of the only one.

    Raises:
        ConfigError: sizes that are no whole numbers above 0.
    """
    if input_shape is None:
        return None
    shape: tuple[Any, ...] = tuple(input_shape)
    several = shape if shape and not isinstance(shape[0], int) else (shape,)
    try:
        shapes = tuple(tuple(int(side) for side in each) for each in several)
    except (TypeError, ValueError):
        shapes = ()
    if not shapes or any(not each or min(each) < 1 for each in shapes):
        raise ConfigError(f"expected an input_shape of sizes >= 1, received {input_shape}")
    return shapes


def _checked(model: object, where: str) -> keras.Model:
    if not isinstance(model, keras.Model):
        raise ConfigError(f"expected a Keras model, received {type(model).__name__} ({where})")
    return model


def _application(name: str, input_shape: InputShape) -> keras.Model:
    constructor = getattr(keras.applications, name, None)
    if constructor is None or not name[:1].isupper():
        known = ", ".join(each for each in dir(keras.applications) if each[:1].isupper())
        raise ConfigError(f"keras.applications has no {name!r}: expected one of {known}")
    shapes = shapes_of(input_shape)
    try:
        return constructor(weights=None, input_shape=None if shapes is None else shapes[0])
    except ValueError as error:
        raise ConfigError(f"{name}: {_line(error)}") from None


def _from_function(module: str, name: str) -> keras.Model:
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"{module}:{name}: {_line(error)}") from None
    return _checked(function() if callable(function) else function, f"{module}:{name}")


def _from_file(path: pathlib.Path) -> keras.Model:
    if not path.is_file():
        raise ConfigError(f"{path}: expected a .keras file, there is none")
    _check_description(path)
    try:
        return _checked(keras.saving.load_model(path, compile=False, safe_mode=True), str(path))
    except ConfigError:
        raise
    except Exception as error:
        # Whatever Keras raises for a file that it cannot read becomes one line.
        raise DataError(f"{path}: cannot be loaded as a Keras model: {_line(error)}") from error


def _check_description(path: pathlib.Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            description = json.loads(archive.read(_DESCRIPTION))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
        raise DataError(
            f"{path}: expected a whole .keras file of Keras 3, it is damaged or of another kind: "
            f"{_line(error)}"
        ) from None
    if "Lambda" in _classes(description) or "__lambda__" in _classes(description):
        raise DataError(
            f"{path}: holds a Lambda, which would execute code from the file; build the model in "
            "Python and pass it, or module:function"
        )


def _classes(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("class_name"), str):
            yield value["class_name"]
        for each in value.values():
            yield from _classes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _classes(each)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
