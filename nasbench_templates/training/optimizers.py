"""Optimizers: RMSProp as TensorFlow 1 computes it, stochastic gradient descent, and Adam.

Weight decay is no business of theirs: it is part of the loss (`training/steps/common.py`).
"""

import keras
import numpy as np

from nasbench_templates.training.config import MixingConfig, TrainConfig

# docs/nasbench101.md, section 8.
RMSPROP_DECAY = 0.9
RMSPROP_EPSILON = 1.0
# D. P. Kingma and J. Ba (arXiv:1412.6980), algorithm 1.
ADAM_BETA_2 = 0.999
ADAM_EPSILON = 1e-8


@keras.saving.register_keras_serializable(package="nasbench_templates")
class RMSpropTF1(keras.optimizers.RMSprop):
    """RMSProp whose mean square starts at 1 instead of 0.

    Per value: `ms <- rho * ms + (1 - rho) * g^2`, `mom <- momentum * mom + rate * g / sqrt(ms +
    epsilon)`, `w <- w - mom`; that is Keras' own update, here in one kernel where TensorFlow has
    one. Only the start differs, which with epsilon 1 changes early steps by up to a factor of
    sqrt(2).

    Source: docs/nasbench101.md, section 8.
    """

    def build(self, variables):
        """Creates the slots of `variables`."""
        if not self.built:
            super().build(variables)
            self.reset_mean_squares()

    def update_step(self, gradient, variable, learning_rate):
        """Moves one variable."""
        if not (self.momentum and _has_kernels()):
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf  # not imported on other backends

        place = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyRMSProp(
            var=variable.handle,
            ms=self._velocities[place].value.handle,
            mom=self._momentums[place].value.handle,
            lr=tf.cast(learning_rate, variable.dtype),
            rho=tf.constant(self.rho, variable.dtype),
            momentum=tf.constant(self.momentum, variable.dtype),
            epsilon=tf.constant(self.epsilon, variable.dtype),
            grad=tf.cast(gradient, variable.dtype),
        )

    def reset_mean_squares(self) -> None:
        """Sets every mean square to 1."""
        for mean_square in self._velocities:
            mean_square.assign(np.ones(mean_square.shape))


@keras.saving.register_keras_serializable(package="nasbench_templates")
class FusedSGD(keras.optimizers.SGD):
    """Keras' stochastic gradient descent, whose momentum takes one kernel where there is one."""

    def update_step(self, gradient, variable, learning_rate):
        """Moves one variable."""
        if not (self.momentum and _has_kernels()):
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf  # not imported on other backends

        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=self.momentums[self._get_variable_index(variable)].value.handle,
            lr=tf.cast(learning_rate, variable.dtype),
            grad=tf.cast(gradient, variable.dtype),
            momentum=tf.constant(self.momentum, variable.dtype),
            use_nesterov=self.nesterov,
        )


def _has_kernels() -> bool:
    """Returns whether a variable is moved by one of TensorFlow's kernels, on one device."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.distribute.has_strategy()


def make_optimizer(config: TrainConfig, num_replicas: int = 1) -> keras.optimizers.Optimizer:
    """Returns a new optimizer for a run's settings; its rate is set at every step.

    Clipping and the moving average of the weights are Keras' own; float16 is scaled dynamically.

    Args:
        config: the settings.
        num_replicas: devices that share a batch. Keras clips what one of them passes and then sums
            over all, so each passes its part of the whole gradient and is clipped to its part of
            the norm.
    """
    common = {
        "global_clipnorm": config.clip_norm and config.clip_norm / num_replicas,
        "use_ema": config.ema_momentum is not None,
        "ema_momentum": config.ema_momentum if config.ema_momentum is not None else 0.99,
    }
    if config.optimizer == "sgd":
        optimizer = FusedSGD(
            config.learning_rate, config.momentum, nesterov=config.nesterov, **common
        )
    elif config.optimizer == "adam":
        optimizer = keras.optimizers.Adam(
            config.learning_rate, config.momentum, ADAM_BETA_2, ADAM_EPSILON, **common
        )
    else:
        optimizer = RMSpropTF1(
            config.learning_rate, RMSPROP_DECAY, config.momentum, RMSPROP_EPSILON, **common
        )
    if config.precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def make_mixing_optimizer(config: MixingConfig) -> keras.optimizers.Optimizer:
    """Returns a new Adam for the logits of mixtures; its rate is set at every step."""
    return keras.optimizers.Adam(config.learning_rate, beta_1=config.beta_1, beta_2=config.beta_2)


def inner(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Returns the optimizer that moves the weights, without the scaling of the loss."""
    is_scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    return optimizer.inner_optimizer if is_scaled else optimizer


def weight_averages(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """Returns the moving average of every trainable value, in order; none without averaging."""
    moving = inner(optimizer)
    # Keras offers them only by copying them over the weights for good.
    return list(moving._model_variables_moving_average) if moving.use_ema else []


def reset(optimizer: keras.optimizers.Optimizer) -> None:
    """Sets a built optimizer back to its first step: all slots and the step count.

    The learning rate is set to 0 like everything else; each step brings its own. Moving averages
    begin with the weights after the first step.
    """
    for variable in optimizer.variables:
        variable.assign(np.zeros(variable.shape))
    moving = inner(optimizer)
    if isinstance(moving, RMSpropTF1):
        moving.reset_mean_squares()
    if moving is not optimizer:
        optimizer.dynamic_scale.assign(optimizer.initial_scale)
