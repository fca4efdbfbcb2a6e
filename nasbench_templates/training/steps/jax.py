"""The steps under JAX: pure functions of all variables, compiled with XLA."""

from collections.abc import Sequence

import jax
import keras
import numpy as np
from keras import ops

from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.steps import common


def make_steps(parts: common.Parts) -> common.Steps:
    """Returns the steps; see `backends.make_steps`.

    Raises:
        ConfigError: several devices are asked for; `tf.distribute` serves TensorFlow only.
    """
    if parts.distribution is not None:
        raise ConfigError("distributed training needs KERAS_BACKEND=tensorflow, received jax")
    network, optimizer = parts.network, parts.optimizer
    places = _places(network, parts.trainables)

    @jax.jit
    def train(trainables, moving, slots, constants, batch):
        images, labels, draws = batch
        inputs, _ = parts.preparation.stateless_call([], constants[0], [images, draws])

        def loss_of(trained):
            every = _replaced(trainables, places, trained)
            logits, moved, losses = network.stateless_call(
                every, moving, inputs, training=True, return_losses=True
            )
            loss = ops.mean(common.cross_entropies(parts, labels, logits))
            loss = loss + common.weight_penalty(parts, trained) + common.own_losses(losses)
            return _scaled(parts, slots, loss), (loss, logits, moved)

        trained = [trainables[place] for place in places]
        gradients, (loss, logits, moved) = jax.grad(loss_of, has_aux=True)(trained)
        trained, slots = optimizer.stateless_apply(slots, gradients, trained)
        state = (_replaced(trainables, places, trained), moved, slots)
        return state, (loss, common.count_correct(labels, logits))

    @jax.jit
    def predict(trainables, moving, constants, images):
        inputs, _ = parts.normalization.stateless_call([], constants[1], images)
        return network.stateless_call(trainables, moving, inputs, training=False)[0]

    groups = (network.trainable_variables, network.non_trainable_variables, optimizer.variables)
    constants = [
        _values(layer.non_trainable_variables) for layer in (parts.preparation, parts.normalization)
    ]

    def train_step(images: np.ndarray, labels: np.ndarray, draws: np.ndarray, rate: float):
        optimizer.learning_rate.assign(rate)
        state, results = train(*map(_values, groups), constants, (images, labels, draws))
        for group, new_values in zip(groups, state, strict=True):
            _assign(group, new_values)
        return results

    mix = None if parts.mixing is None else _make_mix(parts, parts.mixing, constants[0])
    return common.Steps(
        train_step, lambda images: predict(*map(_values, groups[:2]), constants, images), mix
    )


def _make_mix(
    parts: common.Parts, mixing: common.Mixing, constants: list[jax.Array]
) -> common.MixStep:
    network = parts.network
    places = _places(network, mixing.logits)

    @jax.jit
    def mix(trainables, moving, slots, constants, batch):
        images, labels, draws = batch
        inputs, _ = parts.preparation.stateless_call([], constants, [images, draws])

        def loss_of(shares):
            every = _replaced(trainables, places, shares)
            logits, _ = network.stateless_call(every, moving, inputs, training=True)
            return common.mixing_loss(parts, mixing, labels, logits, shares)

        shares = [trainables[place] for place in places]
        return mixing.optimizer.stateless_apply(slots, jax.grad(loss_of)(shares), shares)

    groups = (
        network.trainable_variables,
        network.non_trainable_variables,
        mixing.optimizer.variables,
    )

    def mix_step(images: np.ndarray, labels: np.ndarray, draws: np.ndarray) -> None:
        mixing.optimizer.learning_rate.assign(mixing.learning_rate)
        shares, slots = mix(*map(_values, groups), constants, (images, labels, draws))
        _assign(mixing.logits, shares)
        _assign(mixing.optimizer.variables, slots)

    return mix_step


def _values(variables: Sequence[keras.Variable]) -> list[jax.Array]:
    return [variable.value for variable in variables]


def _assign(variables: Sequence[keras.Variable], values: Sequence[jax.Array]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _places(network: keras.Model, variables: Sequence[keras.Variable]) -> list[int]:
    """Returns where the variables stand among all trainable ones of the network."""
    place_of = {id(each): place for place, each in enumerate(network.trainable_variables)}
    return [place_of[id(each)] for each in variables]


def _replaced(values: Sequence, places: Sequence[int], new_values: Sequence) -> list:
    """Returns the values with new ones at some places."""
    every = list(values)
    for place, value in zip(places, new_values, strict=True):
        every[place] = value
    return every


def _scaled(parts: common.Parts, slots, loss):
    """Returns the scaled loss with the scale's value of this call, which is among the slots."""
    scale = getattr(parts.optimizer, "dynamic_scale", None)
    if scale is None:
        return loss
    place = next(index for index, each in enumerate(parts.optimizer.variables) if each is scale)
    return loss * slots[place]
