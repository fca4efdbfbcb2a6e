"""Scores of a network that was never trained, from one batch of images ("zero-cost proxies").

A score is one small function of a `Probe`, which builds the network and keeps what several scores
share:

    probe = Probe(design, images, labels, seed=0)
    scores.get("snip")(probe)

Definitions are those of Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS"
(arXiv:2101.08134, SamsungLabs/zero-cost-nas) and of the papers that each function names. Sums run
over the kernels of convolutions and dense layers; batch norm takes the batch's statistics. Weights
are drawn as the architecture draws them, which is not PyTorch's default. TensorFlow only.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_templates.design.design import Design
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.support.registry import Registry

if TYPE_CHECKING:
    import keras

# Added to eigenvalues before their logarithm. Source: BayesWatch/nas-without-training, version 1.
_JACOB_EPSILON = 1e-5


@dataclass(frozen=True)
class Probe:
    """A network with new weights and one batch, and what several scores need of them.

    Attributes:
        design: the network under its widths.
        images: normalised, `(batch, height, width, channels)` float32.
        labels: of the images, `(batch,)`.
        seed: of the weights.
    """

    design: Design
    images: np.ndarray
    labels: np.ndarray
    seed: int = 0

    @functools.cached_property
    def model(self) -> "keras.Model":
        """The network, with the outputs of its weighted layers before the logits.

        Raises:
            ConfigError: another Keras backend than TensorFlow.
        """
        import keras

        if keras.backend.backend() != "tensorflow":
            raise ConfigError(
                f"expected the Keras backend tensorflow for scores of gradients, received "
                f"{keras.backend.backend()}; unset KERAS_BACKEND"
            )
        model = self._built("float32")
        maps = [layer.output for layer in model.layers if hasattr(layer, "kernel")]
        return keras.Model(model.input, [*maps, model.output])

    @functools.cached_property
    def kernels(self) -> list[Any]:
        """The kernels of all weighted layers."""
        return [layer.kernel for layer in self.model.layers if hasattr(layer, "kernel")]

    def loss(self) -> tuple[Any, list[Any]]:
        """Returns the mean cross entropy of the batch, and the maps behind all kernels."""
        import tensorflow as tf

        *maps, logits = self.model(self.images, training=True)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(self.labels, logits)
        return tf.reduce_mean(losses), maps

    @functools.cached_property
    def gradients(self) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
        """Gradients of the loss: those of the kernels, the maps, and those of the maps."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss, maps = self.loss()
        found = tape.gradient(loss, [*self.kernel_tensors(), *maps])
        arrays = [np.asarray(each) for each in found]
        count = len(self.kernels)
        return arrays[:count], [np.asarray(each) for each in maps], arrays[count:]

    def kernel_tensors(self) -> list[Any]:
        """The kernels as TensorFlow's variables."""
        return [kernel.value for kernel in self.kernels]

    def linearized(self) -> "keras.Model":
        """Returns the network in double precision with the absolute values of its kernels.

        Batch norms are new, so that in inference they are the identity but for their epsilon.
        Products of so many layers leave the range of single precision.
        """
        import keras

        model = self._built("float64")
        for layer in model.layers:
            if hasattr(layer, "kernel"):
                layer.kernel.assign(keras.ops.abs(layer.kernel))
        return model

    def _built(self, dtype: str) -> "keras.Model":
        from nasbench_templates.keras_io import keras_builder

        graph = self.design.architecture.graph
        model = keras_builder.build_keras(graph, self.design.filters, dtype=dtype)
        # Drawn in single precision: the same weights in both.
        keras_builder.initialize(model, graph, self.seed)
        return model


Score = Callable[[Probe], float]
scores: Registry[Score] = Registry(
    "score", "nasbench_templates.measure.zero_cost_scores", "nasbench_templates.scores"
)


def score(function: Score) -> Score:
    """Registers a score under its function's name."""
    return scores.register(getattr(function, "__name__", ""), function)


@score
def params(probe: Probe) -> float:
    """Trainable parameters, exact."""
    return float(probe.design.cost.trainable_params)


@score
def macs(probe: Probe) -> float:
    """Multiply-accumulates of one image, exact."""
    return float(probe.design.cost.macs)


@score
def grad_norm(probe: Probe) -> float:
    """Sum over the kernels of the Euclidean norm of the loss' gradient.

    Source: arXiv:2101.08134, section 3.1.
    """
    return float(sum(np.linalg.norm(gradient) for gradient in probe.gradients[0]))


@score
def snip(probe: Probe) -> float:
    """Sum of |weight x gradient|.

    Source: Lee et al., SNIP, arXiv:1810.02340, equation 6 without its normalisation.
    """
    gradients = probe.gradients[0]
    pairs = zip(probe.kernels, gradients, strict=True)
    return float(sum(np.abs(np.asarray(kernel) * gradient).sum() for kernel, gradient in pairs))


@score
def fisher(probe: Probe) -> float:
    """Sum over channels of half the mean over images of (sum over places of map x gradient)^2.

    The maps are those behind every kernel, before batch norm.

    Source: Theis et al., arXiv:1801.05787, equation 7; Turner et al., BlockSwap, arXiv:1906.04113.
    """
    _, maps, gradients = probe.gradients
    total = 0.0
    for values, gradient in zip(maps, gradients, strict=True):
        places = tuple(range(1, values.ndim - 1))
        by_channel = (values * gradient).sum(axis=places)
        total += float((by_channel**2).mean(axis=0).sum() / 2)
    return total


@score
def grasp(probe: Probe) -> float:
    """Sum of -weight x (Hessian x gradient).

    Source: Wang et al., GraSP, arXiv:2002.07376, equation 8, at temperature 1.
    """
    import tensorflow as tf

    kernels = probe.kernel_tensors()
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            loss, _ = probe.loss()
        gradients = inner.gradient(loss, kernels)
        product = tf.add_n([tf.reduce_sum(tf.stop_gradient(each) * each) for each in gradients])
    changes = outer.gradient(product, kernels)
    pairs = zip(kernels, changes, strict=True)
    return -float(sum(np.sum(np.asarray(kernel) * np.asarray(each)) for kernel, each in pairs))


@score
def synflow(probe: Probe) -> float:
    """Sum of |weight x gradient| of the summed outputs for an image of ones, weights made positive.

    Source: Tanaka et al., arXiv:2006.05467, equation 3 and algorithm 1; without batch norm, as in
    zero-cost-nas.
    """
    import tensorflow as tf

    model = probe.linearized()
    kernels = [layer.kernel.value for layer in model.layers if hasattr(layer, "kernel")]
    ones = np.ones((1, *probe.images.shape[1:]))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(model(ones, training=False))
    gradients = tape.gradient(total, kernels)
    pairs = zip(kernels, gradients, strict=True)
    return float(sum(np.abs(np.asarray(kernel) * np.asarray(each)).sum() for kernel, each in pairs))


@score
def jacob_cov(probe: Probe) -> float:
    """Minus the sum of log(v + k) + 1 / (v + k) over the eigenvalues v of a correlation matrix.

    It is that of the images' gradients of the sum of all logits, k is 1e-5.

    Source: Mellor et al., Neural Architecture Search without Training, arXiv:2006.04647, version 1.
    """
    import tensorflow as tf

    images = tf.convert_to_tensor(probe.images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        *_, logits = probe.model(images, training=True)
        total = tf.reduce_sum(logits)
    rows = np.asarray(tape.gradient(total, images), np.float64).reshape(len(probe.images), -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlations = np.corrcoef(rows)
    if not np.isfinite(correlations).all():
        return float("nan")
    shifted = np.linalg.eigvalsh(correlations) + _JACOB_EPSILON
    # Rounding may leave the smallest eigenvalue of a singular matrix below -k.
    shifted = np.maximum(shifted, np.finfo(np.float64).tiny)
    return -float((np.log(shifted) + 1 / shifted).sum())


def compute(probe: Probe, names: Sequence[str]) -> dict[str, float | None]:
    """Returns the scores of a network; `None` for one that is not finite.

    Args:
        probe: the network and the batch.
        names: registered scores.

    Raises:
        UnknownNameError: an unknown score.
        ConfigError: another Keras backend than TensorFlow.
    """
    found = {name: scores.get(name)(probe) for name in names}
    return {name: value if np.isfinite(value) else None for name, value in found.items()}
