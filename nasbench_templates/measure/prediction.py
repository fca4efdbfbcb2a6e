"""A network's prediction as one compiled function, for whatever is measured on it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import keras

Tensor: TypeAlias = object


def compile_prediction(model: "keras.Model") -> Callable[[Tensor], Tensor]:
    """Returns a function from images `(batch, height, width, channels)` to logits, in inference.

    On TensorFlow it is a `tf.function`, on JAX a jitted one; it is traced at its first call with
    each batch size. The weights are those at the time of this call on JAX.

    Args:
        model: takes images.
    """
    import keras

    def predict(images: Tensor) -> Tensor:
        return model(images, training=False)

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(predict, autograph=False)
    if backend == "jax":
        return _compile_jax(model)
    return predict


def _compile_jax(model: "keras.Model") -> Callable[[Tensor], Tensor]:
    import jax

    @jax.jit
    def predict(trainables, others, images):
        return model.stateless_call(trainables, others, images, training=False)[0]

    # As arguments: weights that are closed over would be constants of the compiled program.
    trainables = [variable.value for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]
    return lambda images: predict(trainables, others, images)
