"""The steps under JAX: pure functions of all variables, compiled with XLA."""

import jax
import numpy as np
from keras import ops

from nasbench_templates.errors import ConfigError
from nasbench_templates.training import steps


def make_steps(parts: steps.Parts) -> steps.Steps:
    """Returns the steps; see `steps.make_steps`.

    Raises:
        ConfigError: several devices are asked for; `tf.distribute` serves TensorFlow only.
    """
    if parts.distribution is not None:
        raise ConfigError("distributed training needs KERAS_BACKEND=tensorflow, received jax")
    network, optimizer = parts.network, parts.optimizer

    def values(variables):
        return [variable.value for variable in variables]

    @jax.jit
    def train(trainables, moving, slots, constants, batch):
        images, labels, draws = batch
        inputs, _ = parts.preparation.stateless_call([], constants[0], [images, draws])

        def loss_of(trainables):
            logits, moved = network.stateless_call(trainables, moving, inputs, training=True)
            loss = ops.mean(steps.cross_entropies(parts, labels, logits))
            loss = loss + steps.weight_penalty(parts, trainables)
            return _scaled(parts, slots, loss), (loss, logits, moved)

        gradients, (loss, logits, moved) = jax.grad(loss_of, has_aux=True)(trainables)
        trainables, slots = optimizer.stateless_apply(slots, gradients, trainables)
        return (trainables, moved, slots), (loss, steps.count_correct(labels, logits))

    @jax.jit
    def predict(trainables, moving, constants, images):
        inputs, _ = parts.normalization.stateless_call([], constants[1], images)
        return network.stateless_call(trainables, moving, inputs, training=False)[0]

    groups = (network.trainable_variables, network.non_trainable_variables, optimizer.variables)
    constants = [
        values(layer.non_trainable_variables) for layer in (parts.preparation, parts.normalization)
    ]

    def train_step(images: np.ndarray, labels: np.ndarray, draws: np.ndarray, rate: float):
        optimizer.learning_rate.assign(rate)
        state, results = train(*map(values, groups), constants, (images, labels, draws))
        for group, new_values in zip(groups, state, strict=True):
            for variable, value in zip(group, new_values, strict=True):
                variable.assign(value)
        return results

    return steps.Steps(
        train_step, lambda images: predict(*map(values, groups[:2]), constants, images)
    )


def _scaled(parts: steps.Parts, slots, loss):
    """Returns the scaled loss with the scale's value of this call, which is among the slots."""
    scale = getattr(parts.optimizer, "dynamic_scale", None)
    if scale is None:
        return loss
    place = next(index for index, each in enumerate(parts.optimizer.variables) if each is scale)
    return loss * slots[place]
