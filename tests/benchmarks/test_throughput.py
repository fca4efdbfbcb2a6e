"""The training benchmark beside its PyTorch peer."""

import importlib.util
import json
import pathlib
import subprocess
import sys

import pytest
import throughput

from nasbench_templates.networks.named_cells import named_cells

SCRIPT = pathlib.Path(throughput.__file__)


def run(*arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="the peer may be there")
def test_missing_peer_says_so(capsys):
    cell = named_cells.get("resnet").cell
    request = {"network": "resnet", "matrix": cell.matrix, "ops": cell.ops, "threads": 2}
    row = throughput.measure_in_child(throughput.PEER, sys.executable, request)
    throughput.print_table([row])
    assert "torch is not installed" in capsys.readouterr().out
    assert row["is_missing"]


@pytest.mark.parametrize("flag", ["--steps=29", "--batch_size=0", "--networks=alexnet", "--no"])
def test_wrong_usage_ends_before_work(flag):
    done = run(flag)
    assert done.returncode == 2
    assert flag.partition("=")[0] in done.stderr


@pytest.mark.slow
def test_table_and_file_hold_every_network(tmp_path):
    file = tmp_path / "throughput.json"
    done = run("--batch_size=4", "--output", file)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(file.read_text("utf-8"))
    ours = [row for row in report["rows"] if row["side"] == throughput.OURS]
    # Counted by hand-checked cost rules and, in a run with the peer, by PyTorch.
    assert [(row["network"], row["trainable_params"]) for row in ours] == [
        ("resnet", 104410),
        ("best", 164698),
        ("vgg19", 20035018),
        ("resnet20", 272474),
        ("mobilenet_v2", 2236682),
    ]
    for row in ours:
        assert row["first_step_s"] > row["build_s"] > 0
        assert row["images_per_second"] == 4 / row["step_s"]
