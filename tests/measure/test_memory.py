"""Peak memory of a network in a process of its own."""

import pytest

from nasbench_templates.measure import memory
from nasbench_templates.networks import architecture
from nasbench_templates.support.errors import TrainingError


def test_weights_and_nothing_of_the_caller_are_in_the_peak():
    network = architecture.build("vgg11", (8, 8, 3), 10)
    meter = memory.MemoryMeter()
    narrow = meter.measure(network.graph, [4] * 8)
    wide = meter.measure(network.graph, network.base_filters)
    if memory.RESIDENT not in (narrow.kind, wide.kind):
        pytest.skip("measured on an accelerator")
    # 9.2 million float32 values, against some thousand.
    assert wide.num_bytes - narrow.num_bytes > 4 * 9_000_000 / 2
    # The caller holds the framework too: with it both would be several hundred megabytes.
    assert 0 < narrow.num_bytes < wide.num_bytes < 300e6


def test_failing_process_gives_its_last_line():
    network = architecture.build("vgg11", (8, 8, 3), 10)
    with pytest.raises(TrainingError, match=r"received 1: .*SpecError: expected 8 widths"):
        memory.MemoryMeter().measure(network.graph, [4, 4])
