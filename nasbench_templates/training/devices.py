"""The device and its determinism: the only module that touches global settings.

Importing it loads neither Keras nor a backend, so that devices can be chosen before either starts.
"""

import importlib.util
import os
import platform
import re
from collections.abc import Sequence

from nasbench_templates.support.errors import ConfigError

BACKENDS = ("tensorflow", "jax")
_JAX_GPU_FLAG = "--xla_gpu_deterministic_ops=true"


def keras_backend() -> str:
    """Returns the backend that Keras will load, without loading it.

    Raises:
        ConfigError: one that this package does not train with, or that is not installed.
    """
    name = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if name not in BACKENDS:
        raise ConfigError(f"expected KERAS_BACKEND to be tensorflow or jax, received {name!r}")
    if importlib.util.find_spec(name) is None:
        raise ConfigError(f"KERAS_BACKEND={name}: {name} is not installed; try: pip install {name}")
    return name


def is_device(text: str) -> bool:
    """Returns whether `select` knows such devices; they need not be there."""
    return re.fullmatch(r"auto|cpu|gpu(:\d+(,\d+)*)?", text) is not None


def select(text: str, is_distributed: bool = False) -> None:
    """Chooses the devices of this process; call it before Keras is imported.

    Args:
        text: `"auto"` (GPUs where there are any), `"cpu"`, `"gpu"`, one GPU: `"gpu:1"`, or some to
            share each batch: `"gpu:0,1"`.
        is_distributed: whether they share each batch; else the first GPU alone computes.

    Raises:
        ConfigError: any other text, GPUs that are not there, or several where one computes.
    """
    if not is_device(text):
        raise ConfigError(f"expected a device auto, cpu, gpu or gpu:0,1, received {text!r}")
    if text == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ["JAX_PLATFORMS"] = "cpu"
    elif text.startswith("gpu"):
        numbers = [int(each) for each in text.partition(":")[2].split(",") if each]
        if len(numbers) > 1 and not is_distributed:
            raise ConfigError(
                f"--device={text}: expected one GPU, received {len(numbers)}; train computes on "
                "several with --distribution=mirrored"
            )
        if numbers:
            _show_only(numbers)
        expected = len(numbers) or 1
        if len(gpu_names()) < expected:
            raise ConfigError(
                f"device {text}: expected {expected} GPU{'s' if expected > 1 else ''} that "
                f"{keras_backend()} can use, found {len(gpu_names())}"
            )


def _show_only(numbers: Sequence[int]) -> None:
    # A scheduler may have left this process some of the cards: the numbers count among those.
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    if visible == [""]:
        visible = [str(number) for number in range(max(numbers) + 1)]
    if max(numbers) >= len(visible):
        raise ConfigError(
            f"expected GPUs among the {len(visible)} of CUDA_VISIBLE_DEVICES, received number "
            f"{max(numbers)} (counted from 0)"
        )
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(visible[number] for number in numbers)


def gpu_names() -> tuple[str, ...]:
    """Returns the names of the GPUs that the backend computes on; starts the backend."""
    if keras_backend() == "tensorflow":
        import tensorflow as tf

        found = tf.config.list_physical_devices("GPU")
        details = [tf.config.experimental.get_device_details(device) for device in found]
        return tuple(each.get("device_name", "GPU") for each in details)
    import jax

    return tuple(device.device_kind for device in jax.devices() if device.platform == "gpu")


def describe(is_distributed: bool = False) -> str:
    """Returns the device that the backend computes on, for a run's record.

    Args:
        is_distributed: whether all GPUs share each batch; else the first alone computes.
    """
    names = gpu_names() if is_distributed else gpu_names()[:1]
    return ", ".join(names) or f"cpu, {platform.machine()}, {os.cpu_count()} cores"


def enable_determinism() -> None:
    """Makes every operation give the same bits for the same input, for the rest of the process.

    Raises:
        ConfigError: the backend is JAX on a GPU, where only a flag set before the start does so;
            or a backend that this package does not train with.
    """
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif backend == "jax":
        import jax

        if jax.default_backend() == "gpu" and _JAX_GPU_FLAG not in os.environ.get("XLA_FLAGS", ""):
            raise ConfigError(
                f"deterministic JAX on a GPU: expected XLA_FLAGS to contain {_JAX_GPU_FLAG}, "
                f"received {os.environ.get('XLA_FLAGS', '')!r}"
            )
    else:
        raise ConfigError(f"expected the backend tensorflow or jax, received {backend}")
