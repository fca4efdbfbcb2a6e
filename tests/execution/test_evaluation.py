"""The main chain on the embedded digits, small: match, build, train, measure, store, read back."""

import contextlib
import functools
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import keras
import pytest

from nasbench_templates.__main__ import main
from nasbench_templates.runs import folders
from nasbench_templates.runs.loop import RunLoop
from nasbench_templates.support.errors import TrainingError
from nasbench_templates.training import presets

ROW_KEYS = [
    *("template", "filters", "macs", "gap", "params", "peak_activation_bytes", "latency_ms"),
    *("train_seconds", "val_accuracy", "test_accuracy", "record"),
    *("template_name", "gap_quantity", "macs_percent_of_base", "trainable_params"),
]
SMALL = ["--cell=resnet", "--templates=base,b", "--smoke", "--stem_filters=4", "--workers=1"]


def evaluate(folder, *flags, status=0):
    """Returns the rows and what was written to standard error."""
    out, err = io.StringIO(), io.StringIO()
    argv = ["evaluate", *SMALL, f"--output_dir={folder}", "--format=json", *flags]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert main(argv) == status, err.getvalue()
    return json.loads(out.getvalue()) if out.getvalue() else None, err.getvalue()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with both templates trained; its rows and messages."""
    folder = tmp_path_factory.mktemp("finished")
    return folder, *evaluate(folder)


@pytest.fixture
def call(tmp_path):
    """Evaluates into an empty folder."""
    return functools.partial(evaluate, tmp_path)


@pytest.fixture
def call_again(finished, tmp_path):
    """Evaluates into a copy of the finished folder."""
    shutil.copytree(finished[0], tmp_path, dirs_exist_ok=True)
    return functools.partial(evaluate, tmp_path)


def test_rows_follow_the_contract(finished):
    folder, rows, _ = finished
    assert [list(row) for row in rows] == [ROW_KEYS, ROW_KEYS]
    assert [row["template"] for row in rows] == ["base", "b"]
    assert rows[0]["filters"] == [4, 8, 16]
    for row in rows:
        assert row["gap"] <= 0
        assert row["latency_ms"] > 0
        assert row["train_seconds"] > 0
        for key in ("val_accuracy", "test_accuracy"):
            score = row[key]
            assert score["std"] is None
            assert score["mean"] == score["values"][0]
            assert 0 <= score["mean"] <= 1
        assert row["record"]["test_accuracy"] == [0.9312]
        assert row["record"]["module_hash"] == "b5fb4f6193360330b6ff6a52cbf0cad7"
    assert json.loads((folder / "results.json").read_text())["rows"] == rows
    assert (folder / "results.csv").read_text().count("\n") == 3
    files = {path.name for path in (folder / "runs").glob("*/*")}
    assert files == {
        "config.json", "architecture.json", "metrics.jsonl", "result.json", "model.keras"
    }  # fmt: skip


def test_run_that_another_process_trains_is_waited_for(call_again, finished, tmp_path):
    (run,) = (tmp_path / "runs").glob("*base*")
    result = (run / "result.json").read_bytes()
    (run / "result.json").unlink()
    is_held, is_free = threading.Event(), threading.Event()

    def hold():
        with folders.RunFolder(run, {}).locked():
            is_held.set()
            is_free.wait(20)
            (run / "result.json").write_bytes(result)

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait()
    threading.Timer(2, is_free.set).start()
    rows, err = call_again("--templates=base")
    holder.join()
    assert "another process trains it; waiting for it" in err
    assert rows == finished[1][:1]


def test_results_become_benchmark_records(call, tmp_path, capsys):
    narrow = ("--num_modules_per_stack=1", "--num_stacks=2")
    rows, _ = call("--nosmoke", "--epochs=2", "--templates=base,b", *narrow)
    store = tmp_path / "own.records"
    assert main(["import_records", f"--source={tmp_path}", f"--output={store}"]) == 0
    assert capsys.readouterr().out == "imported 1 records, 1 cells\n"
    main(["query", f"--records={store}", "--cell=resnet", "--format=json"])
    (run,) = json.loads(capsys.readouterr().out)["epochs"]["2"]
    assert run["final_test_accuracy"] == rows[0]["test_accuracy"]["mean"]
    assert run["final_training_time"] == rows[0]["train_seconds"]
    assert 0 < run["halfway_training_time"] < run["final_training_time"]


@pytest.fixture
def no_training(monkeypatch):
    monkeypatch.setattr(RunLoop, "_train", lambda *_: pytest.fail("trained again"))


@pytest.mark.usefixtures("no_training")
def test_second_run_prints_what_is_stored_and_trains_nothing(call_again, finished):
    second, err = call_again()
    assert second == finished[1]
    assert err.count("finished before, read back") == 2


def test_three_seeds_have_a_deviation(call_again):
    rows, err = call_again("--seeds=0,1,2", "--templates=base")
    assert err.count("finished before, read back") == 1
    assert rows[0]["val_accuracy"]["std"] is not None
    assert len(rows[0]["val_accuracy"]["values"]) == 3


@pytest.mark.usefixtures("no_training")
def test_the_same_network_in_other_words_is_the_same_run(call_again, tmp_path):
    call_again("--templates=base", "--slots=stack", "--order=given")
    call_again("--templates=base", "--cell=b5fb4f6193360330b6ff6a52cbf0cad7")
    assert len(list((tmp_path / "runs").glob("*base*"))) == 1


def test_a_result_that_is_not_whole_is_measured_again(call_again, tmp_path):
    (result,) = (tmp_path / "runs").glob("*base*/result.json")
    result.write_text('{"schema": 1, "status": "finished"}')
    rows, _ = call_again("--templates=base")
    assert rows[0]["test_accuracy"]["mean"] is not None


@pytest.mark.parametrize(("name", "message"), [("torch", "tensorflow or jax"), ("no", "or jax")])
def test_unusable_backends_are_refused_before_work(monkeypatch, capsys, tmp_path, name, message):
    monkeypatch.setenv("KERAS_BACKEND", name)
    assert main(["evaluate", *SMALL, f"--output_dir={tmp_path}"]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_dry_run_follows_the_format(call):
    rows, _ = call("--dry_run")
    assert rows[0]["filters"] == [4, 8, 16]


def test_other_settings_are_other_runs(call_again, tmp_path):
    _, err = call_again("--templates=base", "--batch_size=32")
    assert "finished before" not in err
    assert len(list((tmp_path / "runs").glob("*base*"))) == 2


@pytest.mark.slow
def test_deterministic_runs_repeat(tmp_path, capsys):
    outcomes = []
    for name in ("one", "two"):
        flags = [*SMALL, "--deterministic", "--format=json", f"--output_dir={tmp_path / name}"]
        assert main(["evaluate", *flags]) == 0
        capsys.readouterr()
        (metrics,) = (tmp_path / name / "runs").glob("*base*/metrics.jsonl")
        rows = [json.loads(line) for line in metrics.read_text().splitlines()]
        outcomes.append([(row["loss"], row["accuracy"], row["val_loss"]) for row in rows])
    assert outcomes[0] == outcomes[1]


def test_a_failed_run_is_reported_and_tried_again(call, monkeypatch, tmp_path):
    class Diverging:
        is_distributed = False

        def run(self, *_, **__):
            raise TrainingError("loss is not finite at step 3")

    with monkeypatch.context() as patch:
        patch.setattr(RunLoop, "_trainer_of", lambda *_: Diverging())
        rows, err = call("--templates=base", status=1)
    assert rows[0]["test_accuracy"] == {"mean": None, "std": None, "values": []}
    assert "template base, seed 0 failed: loss is not finite at step 3" in err
    (result,) = (tmp_path / "runs").glob("*/result.json")
    assert json.loads(result.read_text())["status"] == "failed"
    rows, _ = call("--templates=base")
    assert rows[0]["test_accuracy"]["mean"] is not None


def test_dry_run_writes_nothing(call, tmp_path, capsys):
    argv = ["evaluate", *SMALL, f"--output_dir={tmp_path / 'none'}", "--dry_run"]
    assert main(argv) == 0
    assert "b flat" in capsys.readouterr().out
    assert not (tmp_path / "none").exists()


def test_preset_is_printed_and_flags_override_it(finished):
    _, rows, err = finished
    assert rows[0]["filters"][0] == 4
    assert "'num_modules_per_stack': 1" in err
    assert "recipe (preset for digits): short" in err


def test_saved_models_load(finished):
    (model,) = (finished[0] / "runs").glob("*base*/model.keras")
    # tests/test_round_trip.py loads in a process that knows nothing but Keras and our layers.
    assert keras.saving.load_model(model).output_shape == (None, 10)


def test_recipe_fits_its_augmentation_to_the_images(call):
    _, err = call("--recipe=auto", "--dry_run")
    assert "'augmentation': []" in err
    _, err = call("--recipe=myth_mnist", "--dry_run", status=2)
    assert "cutout: expected images larger than 16 pixels, received 8" in err


def test_vgg_trains_too(tmp_path, capsys):
    flags = ["--model=vgg11", "--templates=b", "--budget=0.01x", "--smoke", "--format=json"]
    assert main(["evaluate", *flags, f"--output_dir={tmp_path}"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["record"] is None


@pytest.mark.slow
def test_a_killed_run_resumes_where_it_was(tmp_path):
    command = [
        *(sys.executable, "-m", "nasbench_templates", "evaluate", "--cell=resnet"),
        *("--templates=base,a", "--epochs=6", "--deterministic", "--format=json"),
    ]
    whole = subprocess.run(
        [*command, f"--output_dir={tmp_path / 'whole'}"], capture_output=True, check=True
    )
    broken = [*command, f"--output_dir={tmp_path / 'broken'}"]
    for wait in (6, 8):
        with subprocess.Popen(
            broken, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
    resumed = subprocess.run(broken, capture_output=True, check=True)
    for one, two in zip(json.loads(whole.stdout), json.loads(resumed.stdout), strict=True):
        assert one["val_accuracy"] == two["val_accuracy"]
        assert one["test_accuracy"] == two["test_accuracy"]
    assert not list((tmp_path / "broken").rglob(".partial-*"))


@pytest.mark.slow
def test_interrupt_is_one_line(tmp_path):
    command = [sys.executable, "-m", "nasbench_templates", "evaluate", "--cell=resnet"]
    with subprocess.Popen(
        [*command, f"--output_dir={tmp_path}"], stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        time.sleep(10)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "the same command resumes" in err


def test_audio_has_a_preset_of_its_own():
    assert presets.preset_for((128, 250, 3)).recipe == "nasbench101"
    assert presets.preset_for((128, 250, 3), is_audio=True).recipe == "myth_esc50"
