"""Where a Keras model comes from: memory, a `.keras` file, `applications:NAME`, `module:function`.

A file is never trusted: what would run code of its own is refused before Keras reads it.
"""

import concurrent.futures
import importlib
import inspect
import json
import os
import pathlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import keras

from nasbench_templates.networks.keras_models import APPLICATIONS, SUFFIX
from nasbench_templates.support.errors import ConfigError, DataError, describe
from nasbench_templates.support.frozen import frozen

# A model, a file's path, or a text such as "applications:ResNet50" or "package.module:function".
Source: TypeAlias = "keras.Model | str | os.PathLike[str]"
InputShape: TypeAlias = "Sequence[int] | Sequence[Sequence[int]] | None"

# The member of a `.keras` file that describes the layers.
_DESCRIPTION = "config.json"


def load(
    source: Source, input_shape: InputShape = None, num_classes: int | None = None
) -> keras.Model:
    """Returns the model that a source stands for; a model in memory is returned itself.

    Args:
        source: what to load.
        input_shape: passed to the constructors of `keras.applications`, and to a function that
            takes it.
        num_classes: likewise, as `classes` or `num_classes`.

    Raises:
        ConfigError: no such file, module, function or application, or what is no Keras model.
        DataError: a file that is damaged, of another kind, or that would execute code.
    """
    if not isinstance(source, str | os.PathLike):
        return _checked(source, type(source).__name__)
    text = os.fspath(source)
    if text.endswith(".py"):
        raise ConfigError(
            f"expected a function of a module for a Keras model, {pathlib.Path(text).stem}:NAME "
            f"where {pathlib.Path(text).name} can be imported, received {text!r}"
        )
    if text.endswith(SUFFIX) or pathlib.Path(text).exists():
        return _from_file(pathlib.Path(text))
    module, separator, name = text.partition(":")
    if not separator:
        raise ConfigError(
            f"expected a Keras model: a .keras file, applications:ResNet50 or module:function, "
            f"received {text!r}"
        )
    shapes = shapes_of(input_shape)
    wanted = {"input_shape": None if shapes is None else shapes[0], "classes": num_classes}
    if module == APPLICATIONS:
        return _application(name, wanted)
    return _from_function(module, name, {**wanted, "num_classes": num_classes})


def shapes_of(input_shape: InputShape) -> tuple[tuple[int, ...], ...] | None:
    """Returns one shape for each input: a shape of numbers is that of the only one.

    Raises:
        ConfigError: sizes that are no whole numbers above 0.
    """
    if input_shape is None:
        return None
    shape: tuple[Any, ...] = tuple(frozen(input_shape))
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


def _application(name: str, wanted: dict[str, Any]) -> keras.Model:
    constructor = getattr(keras.applications, name, None)
    if constructor is None or not name[:1].isupper():
        known = ", ".join(each for each in dir(keras.applications) if each[:1].isupper())
        raise ConfigError(f"keras.applications has no {name!r}: expected one of {known}")
    return _constructed(name, constructor, {"weights": None, **_given(wanted)})


def _from_function(module: str, name: str, wanted: dict[str, Any]) -> keras.Model:
    try:
        function = getattr(importlib.import_module(module), name)
    except Exception as error:  # a user's module may raise anything
        raise ConfigError(f"{module}:{name}: {describe(error)}") from error
    if not callable(function):
        return _checked(function, f"{module}:{name}")
    taken = inspect.signature(function).parameters
    fitting = {key: value for key, value in _given(wanted).items() if key in taken}
    return _checked(_constructed(f"{module}:{name}", function, fitting), f"{module}:{name}")


def _given(wanted: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wanted.items() if value is not None}


def _constructed(name: str, constructor: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Returns what a constructor builds, with the names that it gives in a new process.

    Keras numbers unnamed layers through all models of a thread; here the numbers would say what was
    built before, and make another network of the same one. Its precision is a thread's own, too.
    """
    policy = keras.config.dtype_policy()

    def build() -> Any:
        keras.config.set_dtype_policy(policy)
        return constructor(**arguments)

    with concurrent.futures.ThreadPoolExecutor(1) as own_thread:
        try:
            return own_thread.submit(build).result()
        except Exception as error:  # whatever a constructor raises becomes one line
            raise ConfigError(f"{name}: {_line(error)}") from error


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
        classes = set(_classes(description))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, RecursionError) as error:
        raise DataError(
            f"{path}: expected a whole .keras file of Keras 3, it is damaged or of another kind: "
            f"{_line(error)}"
        ) from None
    if classes & {"Lambda", "__lambda__"}:
        raise DataError(
            f"{path}: holds a Lambda, which would execute code from the file; build the model in "
            "Python, of a registered function (keras.saving.register_keras_serializable), and pass "
            "it, or module:function"
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
