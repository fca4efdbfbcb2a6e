"""The job `profile`, called as a user calls it."""

import contextlib
import csv
import io
import json
import os
import signal
import subprocess
import sys

import keras
import pytest

from nasbench_templates.__main__ import main
from nasbench_templates.measure import memory

CELL = (
    '{"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["input", "conv3x3-bn-relu", "output"]}'
)
NETWORK = ("--stem_filters=4", "--num_modules_per_stack=1", "--num_stacks=2", "--input_shape=8,8,3")
TINY = ("profile", f"--cell={CELL}", *NETWORK, "--n_min=4", "--repeats=30")
KEYS = [
    *("template", "filters", "macs", "profiler_macs", "params", "trainable_params"),
    *("trainable_params_reduction_percent", "peak_memory_bytes", "peak_memory_kind"),
    *("peak_memory_reduction_percent", "peak_activation_bytes", "summary_memory_bytes"),
    *("latency_ms", "latency_quartiles_ms", "latency_reduction_percent", "batch_size"),
    *("batch_latency_ms", "batch_latency_quartiles_ms", "images_per_second", "repeats"),
    *("batch_repeats", "gap", "template_name", "gap_quantity", "macs_percent_of_base"),
    "params_reduction_percent",
]


def call(*argv):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = main(argv)
    return status, out.getvalue()


def _peak_by_widths(request):
    """What a process of its own would measure; tests/measure/test_memory.py starts one."""
    widths = 0 if request is None else sum(request["filters"])
    return memory.PeakMemory(100_000_000 + 1000 * widths, memory.RESIDENT)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("profile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "_measure_in_child", _peak_by_widths)
        status, out = call(*TINY, "--templates=base,b", "--format=json", f"--output_dir={folder}")
    assert status == 0
    return json.loads(out), folder


@pytest.mark.slow
def test_peaks_are_measured_in_processes_of_their_own(tmp_path):
    status, out = call(*TINY, "--templates=base", "--format=json", f"--output_dir={tmp_path}")
    assert status == 0
    assert json.loads(out)[0]["peak_memory_bytes"] > 0


def test_rows_keep_the_contract(measured):
    rows, _ = measured
    assert [list(row) for row in rows] == [KEYS, KEYS]
    assert [row["template"] for row in rows] == ["base", "b"]
    assert rows[0]["filters"] == [4, 8]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="needs TensorFlow's profiler")
def test_profiler_counts_what_the_graph_says(measured):
    rows, _ = measured
    assert [row["profiler_macs"] for row in rows] == [row["macs"] for row in rows]


def test_counts_are_those_of_inspect(measured, tmp_path):
    lines = tmp_path / "cell.jsonl"
    lines.write_text(CELL)
    _, out = call("inspect", f"--input={lines}", *NETWORK)
    described = json.loads(out)
    base = measured[0][0]
    for key in ("params", "trainable_params", "macs"):
        assert base[key] == described[key], key


def test_what_is_measured_is_there_and_relative_to_the_base(measured):
    base, uniform = measured[0]
    for row in (base, uniform):
        first, third = row["latency_quartiles_ms"]
        assert 0 < first <= row["latency_ms"] <= third
        assert row["peak_memory_bytes"] == 1000 * sum(row["filters"])
        assert row["images_per_second"] == 64e3 / row["batch_latency_ms"]
    assert base["latency_reduction_percent"] == base["peak_memory_reduction_percent"] == 0
    expected = 100 * (1 - uniform["trainable_params"] / base["trainable_params"])
    assert uniform["trainable_params_reduction_percent"] == expected


def test_files_hold_the_rows_and_the_machine(measured):
    rows, folder = measured
    content = json.loads((folder / "profile.json").read_text("utf-8"))
    assert content["rows"] == rows
    assert content["versions"]["keras"] == keras.__version__
    assert content["device"]
    with (folder / "profile.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["filters"] for row in table] == [" ".join(map(str, r["filters"])) for r in rows]
    assert (folder / "widths.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (folder / "widths.svg").read_bytes()


def test_dry_run_prints_the_match_and_writes_nothing(tmp_path):
    folder = tmp_path / "not_there"
    status, out = call(*TINY, "--format=json", "--dry_run", f"--output_dir={folder}")
    assert status == 0
    assert [row["template"] for row in json.loads(out)] == ["base", "a", "b", "c", "d", "e"]
    assert not folder.exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--model=vgg11", "--repeats=29"), "repeats"),
        (("--model=vgg11", "--templates=z"), "unknown template"),
        (("--model=vgg11", "--input_shape=8,8"), "input_shape"),
        (("--model=vgg11", "--output_dir="), "output_dir"),
        (("--model=vgg11", "stray"), "stray"),
        ((), "--model"),
    ],
)
def test_wrong_flags_are_usage_errors(flags, message, capsys):
    assert main(("profile", *flags)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_written_ends_before_work(tmp_path, capsys):
    taken = tmp_path / "file"
    taken.write_text("")
    assert main((*TINY, f"--output_dir={taken}")) == 2
    error = capsys.readouterr().err
    assert f"{taken}: expected a folder to write to, found a file" in error
    assert "peak memory" not in error


@pytest.mark.slow
def test_jax_has_no_profiler_and_says_so():
    pytest.importorskip("jax")
    done = subprocess.run(
        [sys.executable, "-m", "nasbench_templates", *TINY, "--templates=base", "--format=json"],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=True,
    )
    (row,) = json.loads(done.stdout)
    assert row["profiler_macs"] is None
    assert row["macs"] > 0
    assert "profiler_macs is null" in done.stderr


def test_interrupt_ends_with_130_and_one_line():
    running = subprocess.Popen(
        [sys.executable, "-m", "nasbench_templates", *TINY, "--templates=base"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "peak memory" in running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, error = running.communicate(timeout=30)
    assert running.returncode == 130
    assert out == ""
    assert "interrupted" in error
    assert "Traceback" not in error
