"""Times of steps, with a clock that the test moves."""

import numpy as np
import pytest
import step_times


class Clock:
    def __init__(self):
        self.now, self.steps = 0.0, 0

    def step(self):
        # The first two steps are slow, then each takes its number modulo 4 seconds.
        self.now += 100 if self.steps < 2 else self.steps % 4
        self.steps += 1
        return self.steps


def test_median_and_quartiles_leave_the_warm_up_out(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(step_times.time, "perf_counter", lambda: clock.now)
    waited = []
    times = step_times.time_steps(clock.step, waited.append, blocks=3, warm_up=2)
    # Counted are steps 2, 3 and 4 with 2, 3 and 0 seconds.
    assert (times.median_s, times.quartiles_s, times.blocks) == (2.0, (0.0, 3.0), 3)
    assert waited == [1, 2, 3, 4, 5]


def test_blocks_wait_once_and_divide_by_their_steps(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(step_times.time, "perf_counter", lambda: clock.now)
    waited = []
    times = step_times.time_steps(clock.step, waited.append, blocks=2, steps_per_block=4, warm_up=2)
    # Each block holds one step of each length: (2 + 3 + 0 + 1) / 4.
    assert times.median_s == 1.5
    assert waited == [1, 2, 6, 10]


def test_synthetic_batches_are_always_the_same():
    images, labels = step_times.synthetic_batch(5, 4, 6)
    assert (images.shape, images.dtype, labels.dtype) == ((5, 4, 6, 3), np.uint8, np.int32)
    again, _ = step_times.synthetic_batch(5, 4, 6)
    np.testing.assert_array_equal(images, again)
    assert 0 <= labels.min() <= labels.max() < step_times.NUM_CLASSES


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_train_step_learns_its_batch(dtype):
    from nasbench_templates.networks import architecture
    from nasbench_templates.networks.named_cells import named_cells

    cell = named_cells.get("resnet").cell
    options = {"cell": cell, "stem_filters": 4, "num_stacks": 1, "num_modules_per_stack": 1}
    network = architecture.build("nasbench101", (8, 8, 3), step_times.NUM_CLASSES, options)
    batch = step_times.synthetic_batch(4, 8, 8)
    step = step_times.make_train_step(network.graph, network.base_filters, *batch, dtype)
    losses = [float(step()) for _ in range(12)]
    assert losses[-1] < losses[0]
