"""Peak memory of a network in a process of its own."""

import io
import json

import pytest

from nasbench_templates.graph import graph_json
from nasbench_templates.measure import memory
from nasbench_templates.networks import architecture
from nasbench_templates.support.errors import TrainingError


def test_weights_and_nothing_of_the_caller_are_in_the_peak():
    network = architecture.build("vgg11", (8, 8, 3), 10)
    peak = memory.MemoryMeter().measure(network.graph, network.base_filters)
    if peak.kind != memory.RESIDENT:
        pytest.skip("measured on an accelerator")
    # 9.2 million float32 values. The caller holds the framework too, several hundred megabytes.
    assert 4 * 9_200_000 < peak.num_bytes < 300e6


@pytest.mark.slow
def test_a_narrow_network_takes_less_by_its_weights():
    network = architecture.build("vgg11", (8, 8, 3), 10)
    meter = memory.MemoryMeter()
    narrow = meter.measure(network.graph, [4] * 8)
    wide = meter.measure(network.graph, network.base_filters)
    if memory.RESIDENT not in (narrow.kind, wide.kind):
        pytest.skip("measured on an accelerator")
    # Some thousand float32 values against 9.2 million.
    assert 0 < narrow.num_bytes < wide.num_bytes - 4 * 9_000_000 / 2


def test_failing_process_gives_its_last_line(monkeypatch, tmp_path):
    network = architecture.build("vgg11", (8, 8, 3), 10)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\ncat > /dev/null\necho first >&2\necho last >&2\nexit 3\n")
    python.chmod(0o755)
    monkeypatch.setattr(memory.sys, "executable", str(python))
    with pytest.raises(TrainingError, match="received 3: last"):
        memory.MemoryMeter().measure(network.graph, network.base_filters)


@pytest.mark.slow
def test_what_cannot_be_built_is_named():
    network = architecture.build("vgg11", (8, 8, 3), 10)
    with pytest.raises(TrainingError, match=r"received 1: .*SpecError: expected 8 widths"):
        memory.MemoryMeter().measure(network.graph, [4, 4])


def test_the_measuring_process_answers_with_one_line_of_json(monkeypatch, capsys):
    """What `measure` starts, carried out in this process."""
    network = architecture.build("vgg11", (8, 8, 3), 10)
    request = {"graph": graph_json.to_json(network.graph), "filters": [4] * 8, "batch_size": 2}
    monkeypatch.setattr(memory.sys, "stdin", io.StringIO(json.dumps(request)))
    memory._run_child()
    answer = json.loads(capsys.readouterr().out)
    assert answer["num_bytes"] > 0
    if memory.device_peak() is None:
        assert answer["kind"] == memory.RESIDENT
