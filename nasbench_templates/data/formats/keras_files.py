"""Fetches data sets through `keras.datasets`, which downloads once and keeps a copy.

Used only when the user names no folder.
"""

import contextlib
import importlib
import sys
import zipfile
import zlib

import numpy as np

from nasbench_templates.support.errors import DataError, describe

Arrays = tuple[np.ndarray, np.ndarray]
_FAILURES = (OSError, EOFError, ValueError, KeyError, ImportError, zlib.error, zipfile.BadZipFile)


def fetch(name: str, channels: int) -> tuple[Arrays, Arrays]:
    """Returns the official training and test part of a data set, each as images and labels.

    Args:
        name: module in `keras.datasets`, for example `"mnist"`.
        channels: channels of the images.

    Returns:
        `(images, labels)` twice: uint8 of shape `(images, height, width, channels)` and integers of
        shape `(images,)`.

    Raises:
        DataError: neither download nor cached copy could be read; the message names `--data_dir`.
    """
    try:
        # Keras writes its progress to standard output, which is kept for results.
        with contextlib.redirect_stdout(sys.stderr):
            train, test = importlib.import_module(f"keras.datasets.{name}").load_data()
    except Exception as error:
        # keras.utils.get_file reports a failed request by a bare Exception: nothing narrower fits.
        if type(error) is not Exception and not isinstance(error, _FAILURES):
            raise
        raise DataError(
            f"{name}: expected keras.datasets to fetch the data, received: {describe(error)}; "
            "pass --data_dir=FOLDER to read files that you already have"
        ) from error
    return _channels_last(train, channels), _channels_last(test, channels)


def _channels_last(arrays: Arrays, channels: int) -> Arrays:
    images, labels = np.asarray(arrays[0]), np.asarray(arrays[1]).reshape(-1)
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.shape[-1] != channels:  # Keras follows image_data_format in its configuration file.
        images = np.moveaxis(images, 1, -1)
    return images, labels
