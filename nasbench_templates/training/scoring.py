"""Loss and accuracy of a network on a whole split."""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from nasbench_templates.data.core.splits import AnySplit
from nasbench_templates.training.steps.common import PredictStep

# Images evaluated at once, at most.
_BATCH = 256


class Images(Protocol):
    """Images to classify: a split, or files without labels."""

    @property
    def num_images(self) -> int:
        """Number of images."""

    def batches(self, rows: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
        """Yields images uint8 `(batch, height, width, channels)` of `rows`, in their order."""


def evaluate(predict: PredictStep, split: AnySplit) -> tuple[float, float]:
    """Returns mean cross entropy in nats and accuracy (0..1) over every image of a split."""
    return score(predict_logits(predict, split), split.labels)


def score(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Returns mean cross entropy in nats and accuracy (0..1).

    Args:
        logits: `(images, classes)`.
        labels: class numbers from 0, `(images,)`.
    """
    loss = -log_probabilities(logits)[np.arange(len(labels)), labels].mean()
    num_correct = int((logits.argmax(axis=1) == labels).sum())
    return float(loss), num_correct / len(labels)


def log_probabilities(logits: np.ndarray) -> np.ndarray:
    """Returns the logarithm of the softmax of logits `(images, classes)`, float64."""
    logits = logits.astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def predict_logits(
    predict: PredictStep, images: Images, on_batch: Callable[[int], object] | None = None
) -> np.ndarray:
    """Returns float32 logits `(images, classes)` in the images' order.

    Args:
        predict: from images as stored to logits.
        images: at least one.
        on_batch: told the number of images of every batch that is done.
    """
    num_batches = -(-images.num_images // _BATCH)
    size = -(-images.num_images // num_batches)
    outputs = []
    for batch in images.batches(np.arange(images.num_images), size):
        missing = size - len(batch)
        # A smaller last batch would be traced anew; the filled-up rows are cut off again.
        padded = np.pad(batch, ((0, missing), (0, 0), (0, 0), (0, 0)))
        outputs.append(predict(padded))
        if on_batch is not None:
            on_batch(len(batch))
    return np.concatenate([np.asarray(output) for output in outputs])[: images.num_images]
