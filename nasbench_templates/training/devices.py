"""The device and its determinism: the only module that touches global settings."""

import os
import platform

import keras

from nasbench_templates.errors import ConfigError

_JAX_GPU_FLAG = "--xla_gpu_deterministic_ops=true"


def enable_determinism() -> None:
    """Makes every operation give the same bits for the same input, for the rest of the process.

    Raises:
        ConfigError: the backend is JAX on a GPU, where only a flag set before the start does so;
            or a backend that this package does not train with.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf  # not imported on other backends

        tf.config.experimental.enable_op_determinism()
    elif backend == "jax":
        import jax  # not imported on other backends

        if jax.default_backend() == "gpu" and _JAX_GPU_FLAG not in os.environ.get("XLA_FLAGS", ""):
            raise ConfigError(
                f"deterministic JAX on a GPU: expected XLA_FLAGS to contain {_JAX_GPU_FLAG}, "
                f"received {os.environ.get('XLA_FLAGS', '')!r}"
            )
    else:
        raise ConfigError(f"expected the backend tensorflow or jax, received {backend}")


def describe() -> str:
    """Returns the device that the backend computes on, for a run's record."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf  # not imported on other backends

        found = tf.config.list_physical_devices("GPU")
        details = [tf.config.experimental.get_device_details(device) for device in found]
        names = [each.get("device_name", "GPU") for each in details]
    else:
        import jax  # not imported on other backends

        names = [device.device_kind for device in jax.devices() if device.platform != "cpu"]
    return ", ".join(names) or f"cpu, {platform.machine()}, {os.cpu_count()} cores"
