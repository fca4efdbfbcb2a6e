"""The training step and the prediction step, compiled once for TensorFlow or JAX.

Both read and write the Keras variables of the model and the optimizer; the caller may change those
between steps, for example to start another run, without a new trace.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import keras
import numpy as np
from keras import ops

from nasbench_templates.errors import ConfigError

Tensor: TypeAlias = object
TrainStep: TypeAlias = Callable[[np.ndarray, np.ndarray, float], tuple[Tensor, Tensor]]
PredictStep: TypeAlias = Callable[[np.ndarray], Tensor]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a step works with; everything is built already.

    Attributes:
        preparation: images as stored, to the network's input; random in training. A model or layer.
        network: prepared images to logits `(batch, classes)`.
        optimizer: built on the network's trainable variables.
        weight_decay: coefficient w of the penalty `w * 0.5 * sum(v^2)` over all trainable values.
    """

    preparation: keras.layers.Layer
    network: keras.Model
    optimizer: keras.optimizers.Optimizer
    weight_decay: float


@dataclass(frozen=True, slots=True)
class Steps:
    """Compiled steps.

    Attributes:
        train: from images `(batch, height, width, channels)` as stored, labels `(batch,)` and the
            learning rate to the loss with the weight penalty, before the update, and the number of
            images that were classified correctly. Both are scalars on the device: converting them
            waits for the step, so collect them. A diverged run shows as a loss that is not finite.
        predict: from images as stored to logits `(batch, classes)` in inference mode.
    """

    train: TrainStep
    predict: PredictStep


def make_steps(parts: Parts) -> Steps:
    """Returns the steps for the Keras backend in use; each is traced at its first call.

    Raises:
        ConfigError: the backend is neither TensorFlow nor JAX.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _tensorflow_steps(parts)
    if backend == "jax":
        return _jax_steps(parts)
    raise ConfigError(f"expected the backend tensorflow or jax, received {backend}")


def cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    """Returns the mean softmax cross entropy of logits `(batch, classes)` in nats."""
    return ops.mean(ops.sparse_categorical_crossentropy(labels, logits, from_logits=True))


def weight_penalty(weight_decay: float, trainables: Sequence[Tensor]) -> Tensor:
    """Returns `weight_decay * 0.5 * sum(v^2)` over all values of all `trainables`.

    Source: NAS-Bench-101 specification, section 8: gamma, beta and bias are included.
    """
    total = 0.0
    for values in trainables:
        total = total + ops.sum(ops.square(values))
    return 0.5 * weight_decay * total


def _objective(
    parts: Parts, labels: Tensor, logits: Tensor, trainables: Sequence[Tensor]
) -> Tensor:
    loss = cross_entropy(labels, logits)
    # Without decay the many small sums would only cost time.
    return loss + weight_penalty(parts.weight_decay, trainables) if parts.weight_decay else loss


def _count_correct(labels: Tensor, logits: Tensor) -> Tensor:
    is_correct = ops.equal(ops.cast(labels, "int32"), ops.argmax(logits, axis=-1))
    return ops.sum(ops.cast(is_correct, "int32"))


def _tensorflow_steps(parts: Parts) -> Steps:
    import tensorflow as tf  # not imported on other backends

    # Not compiled with XLA: on a CPU that is slower by a factor of about three.
    @tf.function(jit_compile=False)
    def train(images, labels, rate):
        inputs = parts.preparation(images, training=True)
        trainables = parts.network.trainable_variables
        with tf.GradientTape() as tape:
            logits = parts.network(inputs, training=True)
            loss = _objective(parts, labels, logits, trainables)
        gradients = tape.gradient(loss, trainables)
        parts.optimizer.learning_rate.assign(rate)
        parts.optimizer.apply(gradients, trainables)
        return loss, _count_correct(labels, logits)

    @tf.function(jit_compile=False)
    def predict(images):
        return parts.network(parts.preparation(images, training=False), training=False)

    def train_step(images: np.ndarray, labels: np.ndarray, rate: float) -> tuple[Tensor, Tensor]:
        # A Python number would be a constant of the trace, and every new rate a new trace.
        return train(tf.constant(images), tf.constant(labels), tf.constant(rate, tf.float32))

    return Steps(train_step, lambda images: predict(tf.constant(images)))


def _jax_steps(parts: Parts) -> Steps:
    import jax  # not imported on other backends

    network, preparation, optimizer = parts.network, parts.preparation, parts.optimizer

    @jax.jit
    def train(trainables, moving, generators, slots, images, labels):
        inputs, generators = preparation.stateless_call([], generators, images, training=True)

        def loss_of(trainables):
            logits, moved = network.stateless_call(trainables, moving, inputs, training=True)
            return _objective(parts, labels, logits, trainables), (logits, moved)

        (loss, (logits, moved)), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainables)
        trainables, slots = optimizer.stateless_apply(slots, gradients, trainables)
        return (trainables, moved, generators, slots), (loss, _count_correct(labels, logits))

    @jax.jit
    def predict(trainables, moving, generators, images):
        inputs, _ = preparation.stateless_call([], generators, images, training=False)
        return network.stateless_call(trainables, moving, inputs, training=False)[0]

    groups = (
        network.trainable_variables,
        network.non_trainable_variables,
        preparation.non_trainable_variables,
        optimizer.variables,
    )

    def values(count: int) -> list[list[Tensor]]:
        return [[variable.value for variable in group] for group in groups[:count]]

    def train_step(images: np.ndarray, labels: np.ndarray, rate: float) -> tuple[Tensor, Tensor]:
        optimizer.learning_rate.assign(rate)
        state, results = train(*values(4), images, labels)
        for group, new_values in zip(groups, state, strict=True):
            for variable, value in zip(group, new_values, strict=True):
                variable.assign(value)
        return results

    return Steps(train_step, lambda images: predict(*values(3), images))
