"""Global random state and determinism: the only module that touches either."""

import os

import keras

from nasbench_templates.errors import ConfigError

_JAX_GPU_FLAG = "--xla_gpu_deterministic_ops=true"


def configure(seed: int, deterministic: bool) -> None:
    """Seeds the generators of Python, NumPy and the backend, and makes operations deterministic.

    The library draws nothing from these generators; this is for the process that runs it.

    Args:
        seed: 0 to 2**32 - 1.
        deterministic: see `enable_determinism`; determinism once enabled stays on.

    Raises:
        ConfigError: see `enable_determinism`.
    """
    keras.utils.set_random_seed(seed)
    if deterministic:
        enable_determinism()


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
