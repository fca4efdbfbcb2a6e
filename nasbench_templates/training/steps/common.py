"""The training step and the prediction step, compiled once for the Keras backend in use.

Both read and write the Keras variables of the model and the optimizer; the caller may change those
between steps, for example to start another run, without a new trace. What the backends have in
common is here; `tensorflow` and `jax` compile it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import keras
import numpy as np
from keras import ops

if TYPE_CHECKING:
    from nasbench_templates.training.distribution import Distribution

Tensor: TypeAlias = object
# Images, labels and draws of a step.
Batch: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
TrainStep: TypeAlias = Callable[[np.ndarray, np.ndarray, np.ndarray, float], tuple[Tensor, Tensor]]
MixStep: TypeAlias = Callable[[np.ndarray, np.ndarray, np.ndarray], None]
PredictStep: TypeAlias = Callable[[np.ndarray], Tensor]


@dataclass(frozen=True, slots=True)
class Mixing:
    """The part of a network that has an optimizer and training images of its own.

    Attributes:
        logits: of the network's mixtures, at least one.
        optimizer: built on them.
        learning_rate: of every step.
        weight_decay: coefficient w of the penalty `w * 0.5 * sum(v^2)` over them.
    """

    logits: Sequence[keras.Variable]
    optimizer: keras.optimizers.Optimizer
    learning_rate: float
    weight_decay: float


@dataclass(frozen=True, slots=True)
class Parts:
    """What a step works with; everything is built already.

    Attributes:
        preparation: `[images as stored, draws]` to the network's input, augmented.
        normalization: images as stored to the network's input, for prediction.
        network: prepared images to logits `(batch, classes)`.
        optimizer: built on `trainables`.
        weight_decay: coefficient w of the penalty `w * 0.5 * sum(v^2)` over all of `trainables`.
        label_smoothing: share of the target that is spread over all classes, 0..1.
        use_xla: whether TensorFlow compiles with XLA.
        distribution: the devices; `None`: one.
        mixing: what the training step leaves to the mixing step; `None`: nothing.
    """

    preparation: keras.layers.Layer
    normalization: keras.layers.Layer
    network: keras.Model
    optimizer: keras.optimizers.Optimizer
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    use_xla: bool = False
    distribution: "Distribution | None" = None
    mixing: Mixing | None = None

    @property
    def trainables(self) -> list[keras.Variable]:
        """The variables that the training step moves, in the network's order."""
        left = set() if self.mixing is None else {id(each) for each in self.mixing.logits}
        return [each for each in self.network.trainable_variables if id(each) not in left]


@dataclass(frozen=True, slots=True)
class Steps:
    """Compiled steps.

    Attributes:
        train: from images `(batch, height, width, channels)` as stored, labels `(batch,)`, draws
            `(batch, 5)` of `preparation.draw` and the learning rate to the loss with the
            weight penalty, before the update, and the number of images that were classified
            correctly. With several workers each passes its share of the batch and receives the
            figures of the whole one. Both are scalars on the device: converting them waits for the
            step, so collect them. A diverged run shows as a loss that is not finite.
        predict: from images as stored to logits `(batch, classes)` in inference mode.
        mix: moves the logits of mixtures on images, labels and draws like those of `train`, and
            nothing else: not the moving statistics either. `None` without `Parts.mixing`.
    """

    train: TrainStep
    predict: PredictStep
    mix: MixStep | None = None


def cross_entropies(parts: Parts, labels: Tensor, logits: Tensor) -> Tensor:
    """Returns the softmax cross entropy of each image in nats, with smoothed labels.

    Args:
        parts: its label smoothing e makes the target `(1 - e) * one_hot + e / classes`.
        labels: class numbers `(batch,)`.
        logits: `(batch, classes)`.

    Source: Szegedy et al. (arXiv:1512.00567), section 7.
    """
    exact = ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    if not parts.label_smoothing:
        return exact
    over_all_classes = -ops.mean(ops.log_softmax(logits, axis=-1), axis=-1)
    return (1.0 - parts.label_smoothing) * exact + parts.label_smoothing * over_all_classes


def weight_penalty(parts: Parts, trainables: Sequence[Tensor]) -> Tensor:
    """Returns `weight_decay * 0.5 * sum(v^2)` over all values of all `trainables`.

    Source: docs/nasbench101.md, section 8: gamma, beta and bias are included.
    """
    return _half_square_sum(parts.weight_decay, trainables)


def own_losses(losses: Sequence[Tensor]) -> Any:
    """Returns the sum of what a network's own layers add, such as an imported one's regularisers.

    Args:
        losses: scalars, of the call just made.
    """
    return sum((ops.cast(each, "float32") for each in losses), start=0.0)


def mixing_loss(
    parts: Parts, mixing: Mixing, labels: Tensor, logits: Tensor, shares: Sequence[Tensor]
) -> Tensor:
    """Returns the mean cross entropy of a batch with the weight penalty of the mixtures.

    Args:
        parts: of the step.
        mixing: their mixing.
        labels: class numbers `(batch,)`.
        logits: of the classes, `(batch, classes)`.
        shares: the logits of the mixtures.
    """
    loss = ops.mean(cross_entropies(parts, labels, logits))
    return loss + _half_square_sum(mixing.weight_decay, shares)


def _half_square_sum(factor: float, values: Sequence[Tensor]) -> Tensor:
    # Without a factor the many small sums would only cost time.
    if not factor:
        return 0.0
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # not imported on other backends

        # One operation each in place of four, forwards and backwards.
        return factor * tf.add_n([tf.nn.l2_loss(tf.convert_to_tensor(each)) for each in values])
    return 0.5 * factor * sum(ops.sum(ops.square(each)) for each in values)


def count_correct(labels: Tensor, logits: Tensor) -> Tensor:
    """Returns how many images have their largest logit at their label."""
    is_correct = ops.equal(ops.cast(labels, "int32"), ops.argmax(logits, axis=-1))
    return ops.sum(ops.cast(is_correct, "int32"))
