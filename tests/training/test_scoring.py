import math

import numpy as np
import pytest

from nasbench_templates.data.core import splits
from nasbench_templates.training import scoring

LN3 = math.log(3)


def test_score_is_mean_cross_entropy_and_accuracy():
    # Softmax 1/4, 3/4 and 3/4, 1/4: the true classes have 3/4 and 1/4.
    logits = np.array([[0, LN3], [LN3, 0]], np.float32)
    loss, accuracy = scoring.score(logits, np.array([1, 1]))
    assert loss == pytest.approx((math.log(4 / 3) + math.log(4)) / 2)
    assert accuracy == 0.5


def test_log_probabilities_of_large_logits_are_finite():
    logits = np.array([[1e30, 0.0]], np.float32)
    assert scoring.log_probabilities(logits).tolist() == [[0.0, pytest.approx(-1e30)]]


def test_batches_are_equally_long_and_filled_up_rows_are_cut_off():
    values = np.arange(301).astype(np.uint16)
    images = np.stack([values % 256, values // 256], axis=-1).astype(np.uint8)
    split = splits.make_split(images.reshape(301, 1, 1, 2), np.zeros(301, int))
    sizes, done = [], []

    def predict(batch):
        sizes.append(len(batch))
        return batch[:, 0, 0, :].astype(np.float32)

    logits = scoring.predict_logits(predict, split, done.append)
    assert (logits[:, 0] + 256 * logits[:, 1]).tolist() == values.tolist()
    assert sizes == [151, 151]
    assert done == [151, 150]
