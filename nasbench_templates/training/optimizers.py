"""Optimizers: RMSProp as TensorFlow 1 computes it, and stochastic gradient descent.

Weight decay is no business of theirs: it is part of the loss (`training/steps.py`).
"""

import keras
import numpy as np

from nasbench_templates.training.config import TrainConfig

# NAS-Bench-101 specification, section 8.
RMSPROP_DECAY = 0.9
RMSPROP_EPSILON = 1.0


@keras.saving.register_keras_serializable(package="nasbench_templates")
class RMSpropTF1(keras.optimizers.RMSprop):
    """RMSProp whose mean square starts at 1 instead of 0.

    Per value: `ms <- rho * ms + (1 - rho) * g^2`, `mom <- momentum * mom + rate * g / sqrt(ms +
    epsilon)`, `w <- w - mom`; that is Keras' own update. Only the start differs, which with
    epsilon 1 changes early steps by up to a factor of sqrt(2).

    Source: NAS-Bench-101 specification, section 8.
    """

    def build(self, variables):
        """Creates the slots of `variables`."""
        if not self.built:
            super().build(variables)
            self.reset_mean_squares()

    def reset_mean_squares(self) -> None:
        """Sets every mean square to 1."""
        for mean_square in self._velocities:
            mean_square.assign(np.ones(mean_square.shape))


def make_optimizer(config: TrainConfig) -> keras.optimizers.Optimizer:
    """Returns a new optimizer for a run's settings; its rate is set at every step."""
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(config.learning_rate, momentum=config.momentum)
    return RMSpropTF1(
        config.learning_rate,
        rho=RMSPROP_DECAY,
        momentum=config.momentum,
        epsilon=RMSPROP_EPSILON,
    )


def reset(optimizer: keras.optimizers.Optimizer) -> None:
    """Sets a built optimizer back to its first step: all slots and the step count.

    The learning rate is set to 0 like everything else; each step brings its own.
    """
    for variable in optimizer.variables:
        variable.assign(np.zeros(variable.shape))
    if isinstance(optimizer, RMSpropTF1):
        optimizer.reset_mean_squares()
