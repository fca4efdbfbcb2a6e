"""Trained networks in forms that other programs run, each with its name.

>>> sorted(FORMS)
['keras', 'savedmodel', 'tflite']
"""

import contextlib
import io
import pathlib
import shutil
from collections.abc import Iterable
from typing import TYPE_CHECKING

from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError

if TYPE_CHECKING:
    import keras

FORMS = ("keras", "savedmodel", "tflite")


def check_forms(forms: Iterable[str], backend: str) -> tuple[str, ...]:
    """Returns forms, each once.

    Args:
        forms: asked for.
        backend: of Keras.

    Raises:
        ConfigError: one that there is not, or that needs TensorFlow on another backend.
    """
    chosen = tuple(dict.fromkeys(forms))
    for form in chosen:
        if form not in FORMS:
            raise ConfigError(f"expected exports among {', '.join(FORMS)}, received {form!r}")
        if form != "keras" and backend != "tensorflow":
            raise ConfigError(f"expected KERAS_BACKEND=tensorflow to export {form}")
    return chosen


def export(model: "keras.Model", folder: pathlib.Path, forms: Iterable[str]) -> list[pathlib.Path]:
    """Writes a network into a folder; returns the files and folders, called like the model.

    The input of all forms is images `(batch, height, width, channels)` on the scale of the data
    set's pixels, the output logits. A form that is there is replaced.

    Args:
        model: a trained network with its normalisation.
        folder: created if needed.
        forms: as `check_forms` returns them.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for form in forms:
        path = folder / (f"{model.name}_savedmodel" if form == "savedmodel" else model.name)
        if form == "savedmodel":
            _save_folder(model, path)
        else:
            path = path.with_name(f"{model.name}.{form}")
            with files.replacing(path) as partial:
                if form == "keras":
                    model.save(pathlib.Path(partial))
                else:
                    pathlib.Path(partial).write_bytes(_tflite(model))
        written.append(path)
    return written


def _save_folder(model: "keras.Model", path: pathlib.Path) -> None:
    partial = path.with_name(f"{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    model.export(str(partial), format="tf_saved_model", verbose=False)
    shutil.rmtree(path, ignore_errors=True)
    partial.rename(path)


def _tflite(model: "keras.Model") -> bytes:
    import tensorflow as tf  # not imported on other backends

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    # On its way it exports the model and prints every variable.
    with contextlib.redirect_stdout(io.StringIO()):
        return bytes(converter.convert())
