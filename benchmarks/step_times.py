"""Times of training steps, shared by the benchmarks; the only place that knows the trainer's API.

The benchmarks are scripts, so this module is found because Python looks beside a script first. The
environment of a peer need not have this package: only the function that trains with it imports it.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nasbench_templates.graph.layer_graph import LayerGraph

# CIFAR-10 training images, on the scale of their pixels (0..255).
MEAN = (125.3, 123.0, 113.9)
STD = (63.0, 62.1, 66.7)
NUM_CLASSES = 10


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one step: median and quartiles over blocks of steps."""

    median_s: float
    quartiles_s: tuple[float, float]
    blocks: int


def synthetic_batch(batch_size: int, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns uint8 images `(batch, height, width, 3)` and int32 labels, always the same."""
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (batch_size, height, width, 3), dtype=np.uint8)
    return images, generator.integers(0, NUM_CLASSES, batch_size, dtype=np.int32)


def time_steps(
    step: Callable[[], object],
    wait: Callable[[object], object],
    *,
    blocks: int,
    steps_per_block: int = 1,
    warm_up: int = 5,
) -> Times:
    """Returns the time of a step.

    Args:
        step: starts one step and returns something that depends on it.
        wait: returns when what a step returned is there.
        blocks: counted blocks, at least 2.
        steps_per_block: steps between two readings of the clock; more than one lets an accelerator
            work while the next step is prepared, as in training.
        warm_up: steps before, not counted.
    """
    for _ in range(warm_up):
        wait(step())
    seconds = []
    for _ in range(blocks):
        start = time.perf_counter()
        for _ in range(steps_per_block):
            result = step()
        wait(result)
        seconds.append((time.perf_counter() - start) / steps_per_block)
    first, median, third = statistics.quantiles(seconds, n=4)
    return Times(median, (first, third), blocks)


def make_train_step(
    graph: "LayerGraph", filters: Sequence[int], images: np.ndarray, labels: np.ndarray, dtype: str
) -> Callable[[], object]:
    """Returns a step of SGD on one batch, which returns the loss on the device.

    Args:
        graph: the network.
        filters: one width for every slot.
        images: uint8 `(batch, height, width, 3)`; copied to the device and normalised in each step.
        labels: int32 `(batch,)`.
        dtype: Keras dtype policy. Under `mixed_float16` the loss is scaled.
    """
    import keras

    from nasbench_templates.keras_io import keras_builder
    from nasbench_templates.training import optimizers, streams
    from nasbench_templates.training.config import TrainConfig
    from nasbench_templates.training.steps import backends, common

    config = TrainConfig(
        epochs=1, batch_size=len(images), optimizer="sgd", learning_rate=0.01, precision=dtype
    )
    network = keras_builder.build_keras(graph, filters, dtype=dtype)
    stored = keras.Input(images.shape[1:], dtype="uint8")
    drawn = keras.Input((streams.NUM_DRAWS,), dtype="int32")
    normalization = keras.layers.Normalization(mean=MEAN, variance=np.square(STD), dtype="float32")
    optimizer = optimizers.make_optimizer(config)
    optimizer.build(network.trainable_variables)
    compiled = backends.make_steps(
        common.Parts(
            preparation=keras.Model([stored, drawn], normalization(stored)),
            normalization=normalization,
            network=network,
            optimizer=optimizer,
        )
    )
    draws = np.zeros((len(images), streams.NUM_DRAWS), "int32")
    return lambda: compiled.train(images, labels, draws, config.learning_rate)[0]
