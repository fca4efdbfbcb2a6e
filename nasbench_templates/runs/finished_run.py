"""A finished run's folder, read back to use its network.

Reading needs no Keras; loading the network does, under either backend.

    run = finished_run.read(pathlib.Path("results/vgg19_d"))
    logits = finished_run.load_predictor(run)(images)
"""

import dataclasses
import importlib
import pathlib
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_templates.runs import folders
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError, DataError, describe

if TYPE_CHECKING:
    import keras

# What `keras.models.load_model` raises for files that are not networks of ours.
_LOADING_ERRORS = (
    OSError, ValueError, TypeError, LookupError, AttributeError, NotImplementedError,
    RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class FinishedRun:
    """What a run's folder says about its network.

    Attributes:
        folder: where it is.
        classes: class names; an output's position is a position here.
        input_shape: `(height, width, channels)` of the images.
        result: the content of `result.json`.
        is_audio: whether the images are features of audio clips.
    """

    folder: folders.RunFolder
    classes: tuple[str, ...]
    input_shape: tuple[int, int, int]
    result: Mapping[str, Any]
    is_audio: bool = False

    @property
    def has_trained_on_validation(self) -> bool:
        """Whether the data set's validation images were among the training images."""
        return self.result.get("num_images", (0, 1, 0))[1] == 0


def read(path: pathlib.Path) -> FinishedRun:
    """Returns the finished run in a folder.

    Raises:
        ConfigError: the folder holds no run.
        DataError: the run is unfinished, failed or without its network, or a file is damaged.
    """
    config = files.read_json(path / "config.json")
    if config is None:
        raise ConfigError(
            f"{path}: expected the folder of a run, as written by train or evaluate, found no "
            "readable config.json in it"
        )
    folder = folders.RunFolder(path, config)
    result = folder.finished()
    if result is None:
        raise DataError(f"{path}: expected a finished run, {_state(path)}")
    architecture = files.read_json(path / "architecture.json") or {}
    classes, shape = architecture.get("classes"), architecture.get("input_shape")
    if classes is None or shape is None or not _are_names(classes) or not _is_shape(shape):
        raise DataError(
            f"{path / 'architecture.json'}: expected classes and input_shape of a run, received "
            "none: the file is damaged or from another version; train again in a new folder"
        )
    if not folder.model.is_file():
        raise DataError(f"{folder.model}: expected the trained network of a finished run, no file")
    is_audio = architecture.get("is_audio") is True
    return FinishedRun(folder, tuple(classes), tuple(shape), result, is_audio)


def _state(path: pathlib.Path) -> str:
    result = files.read_json(path / "result.json")
    if result is None:
        return "this one is not finished: the same train command resumes it"
    reason = f" ({result['reason']})" if result.get("reason") else ""
    return f"this one is {result.get('status')}{reason}"


def _are_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _is_shape(value: object) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(type(each) is int for each in value)


def load_predictor(run: FinishedRun) -> Callable[[np.ndarray], object]:
    """Returns a compiled function from images to logits, by the run's network in inference.

    It takes images `(batch, height, width, channels)` on the scale of the pixels that the run was
    trained on, and gives `(batch, classes)`.

    Raises:
        DataError: the network's file is damaged, or does not fit the run's description.
    """
    from nasbench_templates.measure.prediction import compile_prediction

    return compile_prediction(load_network(run))


def load_network(run: FinishedRun) -> "keras.Model":
    """Returns the run's model, its normalisation included; the layer `network` is without it.

    Raises:
        DataError: the network's file is damaged, or does not fit the run's description.
    """
    path = run.folder.model
    _check_archive(path)
    import keras

    # Its import registers the layers that Keras does not have.
    importlib.import_module("nasbench_templates.keras_io.keras_layers")
    try:
        network = keras.models.load_model(path, compile=False)
    except _LOADING_ERRORS as error:
        raise DataError(
            f"{path}: expected a network that Keras {keras.__version__} loads: {describe(error)}"
        ) from error
    received = (network.input_shape[1:], network.output_shape[-1])
    if received != (run.input_shape, len(run.classes)):
        raise DataError(
            f"{path}: expected a network for images of shape {run.input_shape} and "
            f"{len(run.classes)} classes, received one for {received[0]} and {received[1]}"
        )
    return network


def _check_archive(path: pathlib.Path) -> None:
    # The archive's checksums find what Keras would load without a word or with a page of them.
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DataError(f"{path}: expected a whole .keras file: {describe(error)}") from error
    if damaged is not None:
        raise DataError(f"{path}: expected a whole .keras file, {damaged} in it is damaged")
