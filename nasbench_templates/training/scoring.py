"""Loss and accuracy of a network on a whole split."""

import numpy as np

from nasbench_templates.data.splits import AnySplit
from nasbench_templates.training.steps import PredictStep

# Images evaluated at once, at most.
_BATCH = 256


def evaluate(predict: PredictStep, split: AnySplit) -> tuple[float, float]:
    """Returns mean cross entropy in nats and accuracy (0..1) over every image of a split."""
    logits = predict_logits(predict, split).astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    loss = -log_probabilities[np.arange(len(logits)), split.labels].mean()
    num_correct = int((logits.argmax(axis=1) == split.labels).sum())
    return float(loss), num_correct / len(logits)


def predict_logits(predict: PredictStep, split: AnySplit) -> np.ndarray:
    """Returns float32 logits `(images, classes)` in the split's order."""
    num_batches = -(-split.num_images // _BATCH)
    size = -(-split.num_images // num_batches)
    outputs = []
    for batch in split.batches(np.arange(split.num_images), size):
        missing = size - len(batch)
        # A smaller last batch would be traced anew; the filled-up rows are cut off again.
        padded = np.pad(batch, ((0, missing), (0, 0), (0, 0), (0, 0)))
        outputs.append(predict(padded))
    return np.concatenate([np.asarray(output) for output in outputs])[: split.num_images]
