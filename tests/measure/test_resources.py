"""Rows of the table of resources, worked by hand."""

import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.measure.latency import Latency
from nasbench_templates.measure.memory import RESIDENT, PeakMemory
from nasbench_templates.measure.resources import Resources


def row(template, peak_bytes, single_ms, batch_ms):
    (network,) = plan(NetworkSettings("vgg19"), [template])
    return Resources(
        network=network,
        profiler_macs=None,
        peak_memory=PeakMemory(peak_bytes, RESIDENT),
        peak_activation_bytes=4096,
        single=Latency(single_ms, (single_ms - 1, single_ms + 1), 1, 30),
        batched=Latency(batch_ms, (batch_ms - 1, batch_ms + 1), 64, 30),
    )


def test_reductions_are_relative_to_the_base():
    base = row("base", 1000, 4.0, 64.0)
    shown = row("b", 250, 5.0, 32.0).to_json(base)
    assert shown["peak_memory_reduction_percent"] == 75
    assert shown["latency_reduction_percent"] == -25
    # 20,035,018 and 3,129,538 trainable values, docs/templates.md, sections 6 and 2.
    assert shown["trainable_params_reduction_percent"] == pytest.approx(84.379, abs=1e-3)


def test_without_a_base_there_are_no_reductions():
    shown = row("b", 250, 5.0, 32.0).to_json(None)
    assert [value for key, value in shown.items() if "reduction" in key] == [None] * 4


def test_images_per_second_follow_from_the_median_of_a_batch():
    assert row("base", 1, 2.0, 32.0).images_per_second == 2000
