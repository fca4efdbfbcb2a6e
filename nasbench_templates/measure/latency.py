"""How long one prediction takes on this machine."""

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nasbench_templates.measure import prediction

if TYPE_CHECKING:
    import keras

WARM_UP = 10
REPEATS = 100
LEAST_REPEATS = 30  # fewer give no usable quartiles


@dataclass(frozen=True, slots=True)
class Latency:
    """Times of single predictions.

    Attributes:
        median_ms: milliseconds.
        quartiles_ms: first and third quartile.
        batch_size: images in each prediction.
        repeats: number of predictions, without warm-up.
    """

    median_ms: float
    quartiles_ms: tuple[float, float]
    batch_size: int
    repeats: int


def measure_latency(model: "keras.Model", batch_size: int = 1, repeats: int = REPEATS) -> Latency:
    """Returns the time of a compiled prediction, result copied to the host.

    Args:
        model: takes images `(batch, height, width, channels)`.
        batch_size: images at once.
        repeats: counted predictions, at least 30; 10 more come first as warm-up.
    """
    import keras
    import numpy as np

    predict = prediction.compile_prediction(model)
    images = keras.ops.convert_to_tensor(np.zeros((batch_size, *model.input_shape[1:]), "float32"))
    for _ in range(WARM_UP):
        keras.ops.convert_to_numpy(predict(images))
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        keras.ops.convert_to_numpy(predict(images))
        times.append((time.perf_counter() - start) * 1e3)
    first, median, third = statistics.quantiles(times, n=4)
    return Latency(median, (first, third), batch_size, repeats)
