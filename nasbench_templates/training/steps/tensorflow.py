"""The steps under TensorFlow: one graph function, on one device or on several replicas."""

import numpy as np
import tensorflow as tf
from keras import ops

from nasbench_templates.training import optimizers
from nasbench_templates.training.steps import common


def make_steps(parts: common.Parts) -> common.Steps:
    """Returns the steps; see `backends.make_steps`."""
    # Without a distribution this is TensorFlow's default strategy of one replica.
    strategy = (
        tf.distribute.get_strategy()
        if parts.distribution is None
        else (parts.distribution.strategy)
    )
    num_replicas = strategy.num_replicas_in_sync

    def train_on_replica(images, labels, draws, rate):
        """Trains on one replica's share of the batch; returns its share of loss and hits."""
        inputs = parts.preparation([images, draws])
        trainables = parts.trainables
        batch_size = tf.cast(tf.shape(labels)[0] * num_replicas, tf.float32)
        with tf.GradientTape() as tape:
            logits = parts.network(inputs, training=True)
            loss = ops.sum(common.cross_entropies(parts, labels, logits)) / batch_size
            penalty = common.weight_penalty(parts, trainables)
            loss = loss + (penalty + common.own_losses(parts.network.losses)) / num_replicas
            differentiated = parts.optimizer.scale_loss(loss)
        gradients = tape.gradient(differentiated, trainables)
        if num_replicas > 1 and _needs_whole_gradients(parts):
            gradients = _average_of_sum(gradients, num_replicas)
        parts.optimizer.learning_rate.assign(rate)
        parts.optimizer.apply(gradients, trainables)
        return loss, common.count_correct(labels, logits)

    # XLA is off by default: on a CPU it is slower by a factor of about three.
    @tf.function(jit_compile=parts.use_xla, autograph=False)
    def train(images, labels, draws, rate):
        return train_on_replica(images, labels, draws, rate)

    @tf.function(autograph=False)
    def train_distributed(images, labels, draws, rate):
        results = strategy.run(train_on_replica, args=(images, labels, draws, rate))
        return tuple(strategy.reduce(tf.distribute.ReduceOp.SUM, each, None) for each in results)

    @tf.function(jit_compile=parts.use_xla, autograph=False)
    def predict(images):
        return parts.network(parts.normalization(images), training=False)

    def train_step(images: np.ndarray, labels: np.ndarray, draws: np.ndarray, rate: float):
        # A Python number would be a constant of the trace, and every new rate a new trace.
        rate = tf.constant(rate, tf.float32)
        if parts.distribution is None:
            return train(tf.constant(images), tf.constant(labels), tf.constant(draws), rate)
        shares = (parts.distribution.shares(each) for each in (images, labels, draws))
        return train_distributed(*shares, rate)

    mix = None if parts.mixing is None else _make_mix(parts, parts.mixing)
    return common.Steps(train_step, lambda images: predict(tf.constant(images)), mix)


def _make_mix(parts: common.Parts, mixing: common.Mixing) -> common.MixStep:
    moving = parts.network.non_trainable_variables

    @tf.function(jit_compile=parts.use_xla, autograph=False)
    def mix(images, labels, draws):
        inputs = parts.preparation([images, draws])
        kept = [tf.identity(variable.value) for variable in moving]
        with tf.GradientTape() as tape:
            logits = parts.network(inputs, training=True)
            loss = common.mixing_loss(parts, mixing, labels, logits, mixing.logits)
        mixing.optimizer.learning_rate.assign(mixing.learning_rate)
        mixing.optimizer.apply(tape.gradient(loss, mixing.logits), mixing.logits)
        for variable, value in zip(moving, kept, strict=True):
            variable.assign(value)

    return lambda *batch: mix(*map(tf.constant, batch))


def _needs_whole_gradients(parts: common.Parts) -> bool:
    # Clipping and the search for infinities must see the sum over all replicas.
    is_scaled = optimizers.inner(parts.optimizer) is not parts.optimizer
    return is_scaled or optimizers.inner(parts.optimizer).global_clipnorm is not None


def _average_of_sum(gradients, num_replicas: int):
    """Returns the sum over replicas, divided because the optimizer is going to sum once more."""
    context = tf.distribute.get_replica_context()
    return [each / num_replicas for each in context.all_reduce("SUM", gradients)]
