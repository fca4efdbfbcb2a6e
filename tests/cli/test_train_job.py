"""The job `train`, called as a user calls it, on the embedded digits."""

import contextlib
import inspect
import io
import json
import os
import struct
import subprocess
import sys

import image_files
import keras
import pytest
from absl import flags
from train_runs import NETWORK, epochs_of, names_in, result_of

from nasbench_templates.__main__ import main
from nasbench_templates.cli import run_progress
from nasbench_templates.cli.jobs import train_job
from nasbench_templates.data import loading
from nasbench_templates.runs import folders
from nasbench_templates.runs.context import Context
from nasbench_templates.training import checkpoints, trainer

TINY = ("train", *NETWORK, "--dataset=digits")
QUICK = ("--epochs=1", "--batch_size=64", "--limit_train_images=128")
EPOCH_KEYS = {
    *("epoch", "loss", "accuracy", "val_loss", "val_accuracy"),
    *("learning_rate", "seconds", "images_per_second"),
}
RESULT_KEYS = {
    *("status", "reason", "model", "template", "filters", "macs", "params", "trainable_params"),
    *("dataset", "data_checksum", "data_source", "num_images", "seed", "epochs"),
    *("val_accuracy", "test_accuracy", "train_seconds", "versions", "device"),
}


def call(*argv):
    """Returns exit status, standard output and the lines on standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(argv)
    return status, out.getvalue(), err.getvalue().splitlines()


def train(folder, *argv):
    return call(*TINY, f"--output_dir={folder}", "--format=json", *argv)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("train") / "run"
    arguments = ("--template=b", "--epochs=2", "--seed=3")
    status, out, err = train(folder, *arguments)
    assert status == 0, err
    return folder, arguments, json.loads(out)


def test_metrics_keep_the_contract(finished):
    epochs = epochs_of(finished[0])
    assert [set(epoch) for epoch in epochs] == [EPOCH_KEYS] * 2
    assert [epoch["epoch"] for epoch in epochs] == [1, 2]
    assert all(0 <= epoch["accuracy"] <= 1 and epoch["images_per_second"] > 0 for epoch in epochs)


def test_result_keeps_the_contract(finished):
    result = result_of(finished[0])
    assert set(result) >= RESULT_KEYS
    assert (result["status"], result["reason"]) == ("finished", None)
    assert (result["template"], result["dataset"], result["seed"]) == ("b", "digits", 3)
    assert result["num_images"] == [1197, 300, 300]
    assert result["epochs"] == 2
    assert result["val_accuracy"] == epochs_of(finished[0])[-1]["val_accuracy"]
    seconds = sum(epoch["seconds"] for epoch in epochs_of(finished[0]))
    assert result["train_seconds"] == pytest.approx(seconds, rel=1e-12)
    assert {"python", "keras", "numpy", "nasbench_templates"} <= set(result["versions"])


def test_finished_run_leaves_what_is_promised(finished):
    folder = finished[0]
    assert names_in(folder) == [
        "architecture.json", "config.json", "logs", "metrics.jsonl", "model.keras", "result.json",
    ]  # fmt: skip
    described = json.loads((folder / "architecture.json").read_text("utf-8"))
    assert described["network"].endswith("num_modules_per_stack=1 num_stacks=1 stem_filters=4")
    assert keras.saving.load_model(folder / "model.keras").input_shape == (None, 8, 8, 1)


def test_second_call_prints_what_is_stored_and_trains_nothing(finished):
    folder, arguments, first = finished
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    status, out, err = train(folder, *arguments)
    assert status == 0
    assert {**json.loads(out)[0], "schema": 1} == {**first[0], "schema": 1}
    assert "finished before, read back" in err[-1]
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == times


@pytest.mark.parametrize(
    ("argument", "names"),
    [
        ("--seed=4", "seed"),
        ("--epochs=3", "epochs"),
        ("--template=base", "template"),
        ("--limit_train_images=200", "data_checksum"),
        ("--train_on=all", "data_checksum"),
        ("--smoke", "smoke"),
        ("--stem_filters=8", "filters, graph_sha256"),
    ],
)
def test_other_settings_in_the_same_folder_are_refused(finished, argument, names):
    folder, arguments, _ = finished
    before = result_of(folder)
    status, _, err = train(folder, *arguments, argument)
    assert status == 2
    assert "it holds a run that differs in" in err[-1]
    for name in names.split(", "):
        assert name in err[-1]
    assert result_of(folder) == before


def test_event_logs_hold_every_epoch(finished):
    for split in ("train", "validation"):
        found = {}
        for path in sorted((finished[0] / "logs" / split).iterdir()):
            for event in read_events(path):
                for value in event.summary.value:
                    found.setdefault(value.tag, {})[event.step] = value.simple_value
        expected = [epoch["loss" if split == "train" else "val_loss"]
                    for epoch in epochs_of(finished[0])]  # fmt: skip
        assert found["epoch_loss"] == pytest.approx(dict(enumerate(expected, 1)), rel=1e-6)
        assert list(found["epoch_accuracy"]) == [1, 2]


def read_events(path):
    """Yields the events of a TFRecord file: length, its checksum, the event, its checksum."""
    from tensorboardX.proto import event_pb2

    data = path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        yield event_pb2.Event.FromString(data[12 : 12 + length])
        data = data[16 + length :]


def test_checkpoint_interval_has_one_default():
    flag_values = flags.FlagValues()
    train_job.define_flags(flag_values)
    of_trainer = inspect.signature(trainer.Trainer.run).parameters["checkpoint_interval_s"].default
    interval_s = flag_values["checkpoint_interval_s"].default
    assert interval_s == of_trainer == Context().checkpoint_interval_s == 60.0


def test_dry_run_writes_nothing(tmp_path):
    status, out, err = train(tmp_path / "run", "--dry_run", "--template=b")
    assert status == 0
    assert json.loads(out)[0]["template"] == "b"
    assert any("settings: epochs 10, batch_size 128, optimizer sgd" in line for line in err)
    assert names_in(tmp_path) == []


def test_data_folder_is_searched_to_plan_and_to_train_only(tmp_path, monkeypatch):
    find_info, searches = loading.find_info, []
    monkeypatch.setattr(
        loading, "find_info", lambda *chosen: searches.append(chosen) or find_info(*chosen)
    )
    assert train(tmp_path, *QUICK)[0] == 0
    assert len(searches) == 2


def test_smoke_run_takes_a_few_images_of_each_split(tmp_path):
    status, _, err = train(tmp_path, "--smoke", "--notensorboard")
    assert status == 0
    result = result_of(tmp_path)
    assert (result["num_images"], result["epochs"]) == ([256, 256, 256], 1)
    assert any("figures mean nothing" in line for line in err)
    assert not (tmp_path / "logs").exists()


def test_training_on_all_images_has_no_validation(tmp_path):
    status, _, err = train(tmp_path, "--train_on=all", "--epochs=1")
    assert status == 0, err
    result = result_of(tmp_path)
    assert (result["num_images"], result["val_accuracy"]) == ([1497, 0, 300], None)
    (epoch,) = epochs_of(tmp_path)
    assert epoch["val_loss"] is None
    assert epoch["val_accuracy"] is None
    assert 0 <= result["test_accuracy"] <= 1


def test_time_limit_stops_and_the_same_command_goes_on(tmp_path):
    arguments = (*QUICK, "--epochs=2")
    status, _, err = train(tmp_path, *arguments, "--max_train_seconds=0")
    assert status == 0, err
    stopped = result_of(tmp_path)
    assert (stopped["status"], stopped["reason"]) == ("interrupted", "max_train_seconds=0 reached")
    assert stopped["epochs"] == 0
    assert 0 <= stopped["val_accuracy"] <= 1
    assert stopped["test_accuracy"] is None
    assert names_in(tmp_path / "checkpoints") == ["step-00000001.npz"]
    status, _, err = train(tmp_path, *arguments)
    assert status == 0
    assert any("resumed after epoch 0, step 1" in line for line in err)
    assert (result_of(tmp_path)["status"], result_of(tmp_path)["epochs"]) == ("finished", 2)
    assert not (tmp_path / "checkpoints").exists()


def test_epochs_of_a_lost_attempt_leave_the_metrics(tmp_path):
    # Killed before its first checkpoint, a run may have written epochs that are trained anew.
    row = {**dict.fromkeys(EPOCH_KEYS, 0.5), "epoch": 7}
    (tmp_path / "metrics.jsonl").write_text(json.dumps(row) + "\n")
    status, _, err = train(tmp_path, *QUICK, "--learning_rate=1e30", "--epochs=3")
    assert status == 1, err
    assert 7 not in [epoch["epoch"] for epoch in epochs_of(tmp_path)]
    assert result_of(tmp_path)["epochs"] == len(epochs_of(tmp_path))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--mixed_precision=bfloat16",),
        ("--mixed_precision=float16",),
        ("--xla",),
        ("--ema_momentum=0.9", "--clip_norm=1", "--optimizer=rmsprop", "--learning_rate=0.001"),
    ],
    ids=lambda arguments: arguments[0].strip("-"),
)
def test_ways_to_train_finish(tmp_path, arguments):
    status, _, err = train(tmp_path, *QUICK, *arguments)
    assert status == 0, err
    assert result_of(tmp_path)["status"] == "finished"


def test_diverged_run_fails_with_its_reason(tmp_path):
    status, out, err = train(tmp_path, *QUICK, "--epochs=9", "--learning_rate=1e30")
    assert (status, out) == (1, "")
    assert err[-1].startswith("nasbench-templates: error: epoch ")
    assert "expected a finite loss, received" in err[-1]
    result = result_of(tmp_path)
    assert result["status"] == "failed"
    assert err[-1].endswith(result["reason"])
    assert result["epochs"] == len(epochs_of(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--device=foo",), "expected auto, cpu, gpu or gpu:0,1"),
        (("--device=gpu:99",), "device gpu:99: expected 1 GPU"),
        (("--device=gpu:0,1",), "expected one GPU, received 2; train computes on several with"),
        (("--template=zz",), "unknown template 'zz'"),
        (("--recipe=zz",), "unknown recipe 'zz'"),
        (("--dataset=zz",), "zz"),
        (
            ("--dataset=mnist", "--data_dir=/nowhere"),
            "--data_dir: expected a file or folder, /nowh",
        ),
        (("--dataset=",), "expected --dataset=..., received none"),
        (("--output_dir=",), "expected a folder for the run, --output_dir=..., received none"),
        (("--step_epochs=1;2",), "expected --step_epochs as numbers"),
        (("--max_train_seconds=nan",), "--max_train_seconds=nan"),
        (("--distribution=multi_worker",), "expected TF_CONFIG"),
        (("--sync_batch_norm",), "expected synchronized_batch_norm with a distribution only"),
        (("--batch_size=5000",), "expected batch_size <= 1197 training images"),
        (("--augmentation=cutout",), "cutout: expected images larger than 16 pixels"),
        (("extra",), "expected flags only, received 'extra'"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_one_line_and_leaves_nothing(tmp_path, monkeypatch, arguments, message):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", os.environ.get("CUDA_VISIBLE_DEVICES", ""))
    status, out, err = train(tmp_path / "run", *arguments)
    assert (status, out) == (2, "")
    assert err[-1].startswith("nasbench-templates: error: ")
    assert message in err[-1]
    assert not any((tmp_path / "run").rglob("*"))


def test_output_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "run").write_text("mine")
    status, _, err = train(tmp_path / "run", *QUICK)
    assert status == 2
    assert str(tmp_path / "run") in err[-1]
    assert (tmp_path / "run").read_text() == "mine"


def test_folder_that_another_process_trains_in_is_refused(tmp_path):
    with folders.RunFolder(tmp_path, {}).locked():
        status, out, err = train(tmp_path, *QUICK)
    assert (status, out) == (2, "")
    assert f"{tmp_path}: expected no other process at work there" in err[-1]
    assert names_in(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 4 MB that the test may fill or remount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder):
    with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


def test_full_disk_is_one_line_and_the_run_goes_on_with_space(small_disk, monkeypatch):
    folder = small_disk / "run"
    arguments = (*QUICK, "--epochs=3", "--checkpoint_interval_s=0")
    with monkeypatch.context() as patch:
        patch.setattr(run_progress.RunProgress, "_epoch", lambda *_: fill(small_disk))
        status, _, err = train(folder, *arguments)
    assert status == 1
    assert err[-1].startswith("nasbench-templates: error: No space left on device: ")
    assert str(folder) in err[-1]
    assert not any(line.startswith("Traceback") for line in err)
    assert checkpoints.CheckpointFolder(folder / "checkpoints").load() is not None
    (small_disk / "filler").unlink()
    status, _, err = train(folder, *arguments)
    assert status == 0, err
    assert any("resumed after epoch" in line for line in err)
    assert [epoch["epoch"] for epoch in epochs_of(folder)] == [1, 2, 3]


def test_read_only_folder_is_one_line(small_disk):
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(remount, check=True)
    status, out, err = train(small_disk / "run", *QUICK)
    assert (status, out) == (1, "")
    expected = f"nasbench-templates: error: Read-only file system: {small_disk / 'run'}"
    assert err[-1] == expected


@pytest.mark.slow
def test_jax_trains_the_same_run(tmp_path):
    pytest.importorskip("jax")
    arguments = [*TINY, *QUICK, f"--output_dir={tmp_path}"]
    done = subprocess.run(
        [sys.executable, "-m", "nasbench_templates", *arguments],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "jax" in result_of(tmp_path)["versions"]
    assert json.loads((tmp_path / "config.json").read_text())["backend"] == "jax"


def test_help_shows_every_file_and_end(tmp_path):
    status, out, _ = call("train", "--help")
    assert status == 0
    for word in ("metrics.jsonl", "result.json", "model.keras", "SIGTERM", "--max_train_seconds"):
        assert word in out


def test_what_is_said_of_data_is_in_the_result(tmp_path, cache_folder):
    images = image_files.write_classes(tmp_path / "pets", ("cat/more", "dog"), size=8)
    (images / "cat" / "sound.mp3").write_bytes(b"ID3")
    status, *_ = call(
        "train", *NETWORK, "--dataset=pets", f"--data_dir={tmp_path}", "--epochs=1",
        f"--output_dir={tmp_path}/run",
    )  # fmt: skip
    assert status == 0
    result = result_of(tmp_path / "run")
    assert result["num_images"] == [17, 1, 2]
    notes = {note["kind"]: note for note in result["data_notes"]}
    assert notes["skipped"]["count"] == 1
    assert notes["skipped"]["first"] == ["cat/sound.mp3"]
    assert notes["constant"]["count"] == 20
    assert notes["duplicates"]["is_expected"]
