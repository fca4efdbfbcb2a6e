"""The job `train` under signals: whatever stops it, it ends like a run that nothing stopped.

Every run here is a process of its own in deterministic mode, and its weights are compared bit by
bit.
"""

import io
import os
import random
import re
import signal
import subprocess
import sys
import time
import zipfile

import h5py
import pytest
from train_runs import NETWORK, epochs_of, names_in, result_of

COMMAND = (
    *(sys.executable, "-m", "nasbench_templates", "train", *NETWORK, "--dataset=digits"),
    *("--deterministic", "--notensorboard", "--batch_size=16"),
)
STEPS_PER_EPOCH = 1197 // 16
EPOCHS = "--epochs=8"
BEGIN = "training: "
_LONGEST_S = 300.0


class Process:
    """A training process whose messages can be waited for."""

    def __init__(self, folder, *arguments, **variables):
        self._process = subprocess.Popen(
            [*COMMAND, f"--output_dir={folder}", *arguments],
            env={**os.environ, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines = []

    def wait_for(self, text):
        """Returns when a line with `text` was printed."""
        for line in self._process.stderr:
            self._lines.append(line)
            if text in line:
                return
        raise AssertionError(f"no {text!r} in {''.join(self._lines)}")

    def send(self, number):
        self._process.send_signal(number)

    def end(self):
        """Waits for the end; returns exit status and the lines on standard error."""
        try:
            _, rest = self._process.communicate(timeout=_LONGEST_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        return self._process.returncode, [*self._lines, *rest.splitlines(keepends=True)]


def run(folder, *arguments, **variables):
    status, lines = Process(folder, *arguments, **variables).end()
    assert status == 0, "".join(lines)
    return lines


def weights(folder):
    """Returns every array of `model.keras` as bytes, by its name."""
    found = {}
    with zipfile.ZipFile(folder / "model.keras") as archive:
        data = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(data) as file:
        file.visititems(
            lambda name, node: (
                found.update({name: node[()].tobytes()}) if isinstance(node, h5py.Dataset) else None
            )
        )
    assert found
    return found


def figures(folder):
    """Returns the metrics of every epoch without what depends on time."""
    timed = ("seconds", "images_per_second")
    return [
        {name: value for name, value in epoch.items() if name not in timed}
        for epoch in epochs_of(folder)
    ]


def checkpoint_files(folder):
    return sorted((folder / "checkpoints").glob("step-*.npz"))


def step_of(checkpoint):
    return int(checkpoint.stem.removeprefix("step-"))


def check_same_end(folder, reference):
    assert figures(folder) == figures(reference)
    assert weights(folder) == weights(reference)
    assert result_of(folder)["test_accuracy"] == result_of(reference)["test_accuracy"]
    assert not (folder / "checkpoints").exists()


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """A run that nothing stopped."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    run(folder, EPOCHS, TF_ENABLE_ONEDNN_OPTS="0")
    assert result_of(folder)["versions"]["cpu_kernels"] == "eigen"
    return folder


def stop_with_a_signal(folder):
    """Stops a run in its third epoch; returns the step after which it was saved."""
    process = Process(folder, EPOCHS, TF_ENABLE_ONEDNN_OPTS="0")
    process.wait_for("epoch 2/8")
    process.send(signal.SIGTERM)
    status, lines = process.end()
    assert status == 128 + signal.SIGTERM
    assert "SIGTERM: saved; the same command resumes" in lines[-1]
    result = result_of(folder)
    assert (result["status"], result["reason"]) == ("interrupted", "SIGTERM")
    # The interval is a minute: the one checkpoint is that of the signal.
    (saved,) = checkpoint_files(folder)
    step = step_of(saved)
    assert step > 2 * STEPS_PER_EPOCH
    assert len(epochs_of(folder)) == result["epochs"] == step // STEPS_PER_EPOCH
    return step


# Quick, in one process: tests/support/test_cpu_kernels.py and the stops of tests/execution.
@pytest.mark.slow
def test_a_signal_loses_no_step_and_the_resumed_run_keeps_its_kernels(reference, tmp_path):
    step = stop_with_a_signal(tmp_path)
    # The environment now asks for other kernels.
    lines = run(tmp_path, EPOCHS, TF_ENABLE_ONEDNN_OPTS="1")
    begin = f"resumed after epoch {step // STEPS_PER_EPOCH}, step {step % STEPS_PER_EPOCH}"
    assert any(begin in line for line in lines)
    assert result_of(tmp_path)["versions"]["cpu_kernels"] == "eigen"
    check_same_end(tmp_path, reference)


@pytest.mark.slow
def test_a_second_stop_loses_no_step_either(reference, tmp_path):
    step = stop_with_a_signal(tmp_path)
    process = Process(tmp_path, EPOCHS, TF_ENABLE_ONEDNN_OPTS="1")
    process.wait_for(
        f"resumed after epoch {step // STEPS_PER_EPOCH}, step {step % STEPS_PER_EPOCH}"
    )
    process.send(signal.SIGINT)
    status, _ = process.end()
    assert status == 128 + signal.SIGINT
    assert result_of(tmp_path)["reason"] == "SIGINT"
    assert step_of(checkpoint_files(tmp_path)[-1]) > step

    run(tmp_path, EPOCHS)
    check_same_end(tmp_path, reference)


def test_signal_before_training_ends_at_once(tmp_path):
    process = Process(tmp_path / "run", EPOCHS)
    process.wait_for("network: ")
    process.send(signal.SIGTERM)
    status, lines = process.end()
    assert status == 128 + signal.SIGTERM
    assert "SIGTERM: ended at once, nothing was trained" in lines[-1]
    assert names_in(tmp_path / "run") == []


# Quick, without a run: tests/cli/test_stop_signals.py.
@pytest.mark.slow
def test_second_signal_ends_at_once(tmp_path):
    # Stopped while the first signal is handled, the process finds both when it goes on.
    process = Process(tmp_path, EPOCHS)
    process.wait_for("epoch 1/8")
    for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
        process.send(number)
    status, lines = process.end()
    assert status == 128 + signal.SIGTERM
    assert "SIGTERM: ended at once, back to the last checkpoint" in lines[-1]
    assert not any(line.startswith("Traceback") for line in lines)
    assert not (tmp_path / "checkpoints").exists()
    assert not (tmp_path / "result.json").exists()


# Quick counterparts, in one process: damaged checkpoints in tests/training/test_trainer.py and
# test_checkpoints.py, a killed worker in tests/execution/test_processes.py.
@pytest.mark.slow
def test_killed_run_with_a_damaged_checkpoint_ends_the_same(reference, tmp_path):
    arguments = (EPOCHS, "--checkpoint_interval_s=0")
    _kill(tmp_path, arguments, "epoch 2/8", 0.1, TF_ENABLE_ONEDNN_OPTS="0")
    *_, before, newest = checkpoint_files(tmp_path)  # a third one, if killed before it was removed
    newest.write_bytes(newest.read_bytes()[:1000])
    lines = run(tmp_path, *arguments)
    assert any(f"ignored the damaged checkpoint {newest}" in line for line in lines)
    (begin,) = (line for line in lines if BEGIN in line)
    epoch, step = map(int, re.search(r"resumed after epoch (\d+), step (\d+)", begin).groups())
    assert epoch * STEPS_PER_EPOCH + step == step_of(before)
    check_same_end(tmp_path, reference)


def _kill(folder, arguments, text, delay_s, **variables):
    process = Process(folder, *arguments, **variables)
    process.wait_for(text)
    time.sleep(delay_s)
    process.send(signal.SIGKILL)
    status, lines = process.end()
    assert status == -signal.SIGKILL, "".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize(("interval_s", "kills"), [("0", 20), ("0.5", 5), ("60", 2)])
def test_run_killed_at_random_moments_ends_the_same(tmp_path, interval_s, kills):
    epochs = "--epochs=40"
    run(tmp_path / "reference", epochs)
    arguments = (epochs, f"--checkpoint_interval_s={interval_s}")
    moments = random.Random(20)
    for _ in range(kills):
        # Most in the steps, some while the process starts.
        text = moments.choice((BEGIN, BEGIN, BEGIN, "network: "))
        _kill(tmp_path / "killed", arguments, text, moments.uniform(0, 1.2))
    run(tmp_path / "killed", *arguments)
    check_same_end(tmp_path / "killed", tmp_path / "reference")
