"""Reads a source of Keras models, for an input and a number of classes, as an architecture.

    read("applications:MobileNetV2", (64, 64, 3), 10)

Only graphs are kept, not models, so that asking again for the same costs nothing.
"""

import dataclasses
import os
from dataclasses import dataclass

import keras

from nasbench_templates.keras_io import model_sources
from nasbench_templates.keras_io.importing.importer import ImportSettings, import_model
from nasbench_templates.networks import keras_models
from nasbench_templates.networks.architecture import Architecture, ImageShape
from nasbench_templates.networks.registered import readers
from nasbench_templates.support.errors import SpecError


@dataclass(frozen=True, slots=True)
class _Request:
    """What is read.

    Attributes:
        source: the model's text.
        state: size and time of its file, `None` of what is no file.
        input_shape: what it is read for; `None`: its own.
        num_classes: likewise.
        slots: as of `ImportSettings`.
        keep: likewise.
        divisor: likewise.
    """

    source: str
    state: tuple[int, int] | None
    input_shape: ImageShape | None
    num_classes: int | None
    slots: str
    keep: tuple[str, ...]
    divisor: int


_known: dict[_Request, Architecture] = {}
_MOST_KNOWN = 16


def read(
    source: str,
    input_shape: ImageShape | None,
    num_classes: int | None,
    *,
    slots: str = "stage",
    keep: tuple[str, ...] = (),
    divisor: int = 1,
) -> Architecture:
    """Returns a Keras model as an architecture that returns logits and is called like its source.

    Args:
        source: `FILE.keras`, `applications:NAME` or `module:function`.
        input_shape: `(height, width, channels)` that it has to take; `None`: its own.
        num_classes: that it has to tell apart; `None`: its own.
        slots: as of `ImportSettings`.
        keep: likewise.
        divisor: likewise.

    Raises:
        ConfigError: there is no such model, or it cannot be built for this input.
        DataError: its file is damaged or would execute code.
        SpecError: it has no graph, or takes another input or tells other classes apart.
    """
    request = _Request(source, _state(source), input_shape, num_classes, slots, keep, divisor)
    if request not in _known:
        found = _read(request)
        while len(_known) >= _MOST_KNOWN:
            del _known[next(iter(_known))]
        same = dataclasses.replace(
            request, input_shape=found.input_shape, num_classes=found.num_classes
        )
        _known[request] = _known[same] = found
    return _known[request]


def _state(source: str) -> tuple[int, int] | None:
    try:
        found = os.stat(source)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _read(request: _Request) -> Architecture:
    source, shape = request.source, request.input_shape
    model = model_sources.load(source, shape, request.num_classes)
    _check_fits(request, model)
    settings = ImportSettings(
        request.slots, request.keep, divisor=request.divisor, returns_logits=True
    )
    found = import_model(model, settings, model_sources.shapes_of(shape)).architecture
    return dataclasses.replace(found, name=keras_models.title(source))


def _check_fits(request: _Request, model: keras.Model) -> None:
    """Checks that a model takes the images and tells the classes apart that are asked for."""
    if isinstance(model, keras.Sequential) and not model.built:
        return  # it is built for the images
    inputs = [tuple(tensor.shape[1:]) for tensor in model.inputs] if _has_graph(model) else []
    given = model_sources.shapes_of(request.input_shape)
    if given is not None and inputs and not _takes(inputs, given):
        _refuse(request.source, f"images of shape {_shown(inputs)}", f"{_shown(given)}")
    if request.num_classes is None or not _has_graph(model):
        return
    classes = [tensor.shape[-1] for tensor in model.outputs]
    if classes[0] != request.num_classes:
        _refuse(request.source, f"{classes[0]} classes", f"{request.num_classes}")


def _has_graph(model: keras.Model) -> bool:
    return isinstance(model, keras.Sequential) or hasattr(model, "operations")


def _takes(inputs: list[tuple[int | None, ...]], given: tuple[tuple[int, ...], ...]) -> bool:
    if len(inputs) != len(given):
        return False
    pairs = zip(inputs, given, strict=True)
    return all(
        len(own) == len(new) and all(a in (None, b) for a, b in zip(own, new, strict=True))
        for own, new in pairs
    )


def _shown(shapes: object) -> str:
    only = list(shapes)  # type: ignore[call-overload]  # any iterable
    return str(only[0]) if len(only) == 1 else " and ".join(map(str, only))


def _refuse(source: str, own: str, asked: str) -> None:
    raise SpecError(
        f"{source}: expected {own}, as the model takes, asked for {asked}; save it for these, or "
        "name what builds it for any: applications:NAME, or module:function whose function takes "
        "input_shape and classes"
    )


readers.register(keras_models.NAME, read)
