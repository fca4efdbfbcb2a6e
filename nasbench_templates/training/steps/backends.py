"""The steps for the Keras backend in use."""

import keras

from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.steps.common import Parts, Steps


def make_steps(parts: Parts) -> Steps:
    """Returns the steps for the Keras backend in use; each is traced at its first call.

    Raises:
        ConfigError: the backend is neither TensorFlow nor JAX, or JAX is to be distributed.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from nasbench_templates.training.steps import tensorflow

        return tensorflow.make_steps(parts)
    if backend == "jax":
        from nasbench_templates.training.steps import jax

        return jax.make_steps(parts)
    raise ConfigError(f"expected the backend tensorflow or jax, received {backend}")
