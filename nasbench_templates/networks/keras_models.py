"""Keras models as architectures: a file, a constructor of `keras.applications`, a user's function.

Their reader needs Keras, which nothing here does, so it is looked up when a model is read.
"""

import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from nasbench_templates.networks.architecture import (
    Architecture,
    Family,
    ImageShape,
    Outside,
)
from nasbench_templates.networks.options import Option
from nasbench_templates.networks.registered import outside, readers
from nasbench_templates.support.errors import ConfigError

NAME = "keras"
SUFFIX = ".keras"
APPLICATIONS = "applications"


def is_source(text: str) -> bool:
    """Returns whether a text names a Keras model rather than a registered architecture."""
    return ":" in text or text.endswith(SUFFIX) or os.sep in text


def title(source: str) -> str:
    """Returns what tables call a model: its file's name without folders, or its constructor's."""
    if source.endswith(SUFFIX) or os.sep in source:
        return pathlib.Path(source).stem
    return source.rpartition(":")[2]


def keras_model(
    input_shape: ImageShape | None,
    num_classes: int | None,
    *,
    source: str = "",
    slots: Annotated[
        Literal["stage", "layer"],
        Option(
            "what has a width of its own: all that shares a cumulative stride (default), or every "
            "layer",
            has_flag=True,
        ),
    ] = "stage",
    keep: Annotated[
        str | Sequence[str],
        Option(
            "layers whose widths stay, separated by commas: names, patterns such as conv1_*, or "
            "stem for the first one",
            has_flag=True,
        ),
    ] = "",
    divisor: int = 1,
) -> Architecture:
    """Returns the model with free widths.

    Args:
        input_shape: `(height, width, channels)`; `None`: the model's own.
        num_classes: of its output; `None`: its own.
        source: `FILE.keras`, `applications:NAME` or `module:function`.
        slots: `"stage"` or `"layer"`, see docs/keras.md.
        keep: names and patterns, separated by commas or in a list.
        divisor: every free width is a multiple of it, also those that only follow a slot.
    """
    if not source:
        raise ConfigError(
            "expected --model=FILE.keras, --model=applications:NAME or --model=module:function, "
            f"received {NAME!r} alone"
        )
    names = keep.split(",") if isinstance(keep, str) else keep
    kept = tuple(name.strip() for name in names if name.strip())
    read = readers.get(NAME)
    return read(source, input_shape, num_classes, slots=slots, keep=kept, divisor=divisor)


def _own_input(
    input_shape: ImageShape | None, num_classes: int | None, options: Mapping[str, object]
) -> tuple[ImageShape, int]:
    found = keras_model(input_shape, num_classes, **options)  # type: ignore[arg-type]
    return found.input_shape, found.num_classes


outside.register(
    NAME,
    Family(
        NAME,
        "a Keras model: FILE.keras, applications:NAME, module:function",
        keras_model,
        outside=Outside(is_source, title, _own_input),
    ),
)
