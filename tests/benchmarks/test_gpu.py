"""The benchmark for accelerators, on a machine without one."""

import json
import os
import pathlib
import subprocess
import sys

import gpu
import pytest

SCRIPT = pathlib.Path(gpu.__file__)


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_smoke_measures_and_invents_nothing(tmp_path):
    file = tmp_path / "gpu.json"
    done = run("--smoke", "--output", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SMOKE RUN: figures mean nothing" in done.stdout
    report = json.loads(file.read_text("utf-8"))
    assert report["is_smoke"]
    assert [(row["template"], row["policy"]) for row in report["rows"]] == [
        ("base", "float32"),
        ("d", "mixed_bfloat16"),
    ]
    for row in report["rows"]:
        assert row["train_images_per_second"] == row["batch_size"] / row["train_step_s"]
        assert row["inference_images_per_second"] > 0
        # A CPU has neither.
        assert row["device_peak_bytes"] is None
        assert row["train_utilisation"] is None
    assert report["training"] == {"reason": "skipped: no --data_dir"}
    assert {"device", "driver", "versions", "command"} <= report.keys()


def test_without_an_accelerator_it_ends_with_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gpu.py"])
    monkeypatch.setattr(gpu, "run_task", lambda *_: {"device": "cpu, x86_64, 2 cores"})
    assert gpu.main() == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "expected an accelerator, found cpu" in printed.err


@pytest.mark.slow
def test_a_machine_without_an_accelerator_is_found_out():
    done = run()
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "expected an accelerator" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (("--networks=vgg99",), {}, "vgg99"),
        (("--epochs=0",), {}, "--epochs"),
        (("--smoke",), {"KERAS_BACKEND": "torch"}, "KERAS_BACKEND"),
    ],
)
def test_wrong_usage(arguments, environment, message):
    done = run(*arguments, **environment)
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    ("name", "trainable_params"),
    [  # docs/templates.md, section 6 and section 5
        ("resnet50", 23520842),
        ("vgg19", 20035018),
        ("mobilenet_v2", 2236682),
        ("best", 32426634),
    ],
)
def test_networks_are_the_published_ones(name, trainable_params):
    request = {**gpu.asdict(gpu.Settings()), "network": name, "template": "base"}
    assert gpu.plan_network(request).cost.trainable_params == trainable_params


def test_utilisation_counts_three_passes_of_two_operations():
    request = {**gpu.asdict(gpu.Settings()), "network": "best", "template": "d"}
    request["policy"] = "mixed_bfloat16"
    found = {"macs": 10**9, "train_images_per_second": 31200.0}
    row = gpu.complete(request, found, "NVIDIA A100-SXM4-40GB")
    # 6e9 operations an image x 31,200 images a second / 312e12
    assert row["train_utilisation"] == pytest.approx(0.6)


def test_a_full_run_has_a_row_for_each_network_template_and_precision():
    rows = gpu.rows_to_measure(gpu.Settings(), "mixed_float16", is_smoke=False)
    assert len(rows) == 4 * 2 * 2
    assert {row["policy"] for row in rows} == {"float32", "mixed_float16"}
    assert {row["batch_size"] for row in rows} == {256}


def test_a_row_that_failed_says_why():
    row = gpu.complete(
        {**gpu.asdict(gpu.Settings()), "network": "best", "template": "d", "policy": "float32"},
        {"reason": "ended with 1: out of memory"},
        "NVIDIA H200",
    )
    assert gpu.line(row).endswith("ended with 1: out of memory")
    assert "train_utilisation" not in row
