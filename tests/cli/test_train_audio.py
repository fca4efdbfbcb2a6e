"""Training on audio from the command line, on small sets and on the real clips."""

import contextlib
import io
import json

import numpy as np
import pytest

from nasbench_templates.__main__ import main

soundfile = pytest.importorskip("soundfile", reason="the extra audio is not installed")
pytest.importorskip("librosa", reason="the extra audio is not installed")


def write_folds(root):
    """Three folds of two clips in each of two classes, half a second of noise."""
    root.mkdir()
    rows = ["filename,category,fold"]
    for number in range(12):
        rows.append(f"{number}.wav,{'ab'[number % 2]},{number // 4 + 1}")
        samples = np.random.default_rng(number).random(4000) - 0.5
        soundfile.write(root / f"{number}.wav", samples, 8000)
    (root / "list.csv").write_text("\n".join(rows))


def printed_json(command):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(command) == 0
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The command that tested every fold, what it printed, its flags of data and its folder."""
    root = tmp_path_factory.mktemp("audio")
    write_folds(root / "sounds")
    clips = ("--dataset=sounds", f"--data_dir={root}", "--num_bands=8", "--frames_per_second=16")
    command = [
        *("train", "--cell=resnet", "--stem_filters=4", "--num_stacks=1", *clips, "--fold=all"),
        *("--num_modules_per_stack=1", "--epochs=1", "--batch_size=4", "--notensorboard"),
        *("--workers=1", "--format=json", f"--output_dir={root / 'out'}"),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(root / "cache"))
        yield command, printed_json(command), clips, root


def test_every_fold_is_tested_once(trained):
    command, rows, *_ = trained
    assert [row["fold"] for row in rows] == [1, 2, 3]
    assert all(row["num_images"] == [4, 4, 4] for row in rows)
    assert len({row["data_checksum"] for row in rows}) == 3
    again = printed_json(command)
    assert [row["train_seconds"] for row in again] == [row["train_seconds"] for row in rows]


def test_prediction_takes_the_clips_as_the_run_did_and_no_images(trained, capsys):
    _, trained_rows, clips, root = trained
    accuracy = trained_rows[1]["test_accuracy"]
    predict = ("predict", f"--run={root / 'out/fold2'}")
    assert main([*predict, *clips, "--fold=2", "--format=jsonl"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["label"] for row in rows] == ["a", "b", "a", "b"]
    right = [row["label"] == row["prediction"] for row in rows]
    assert sum(right) / 4 == pytest.approx(accuracy)
    assert main([*predict, f"--images={root}"]) == 2
    assert "the run classifies audio features" in capsys.readouterr().err
    assert main([*predict, "--dataset=digits"]) == 2
    assert "expected audio clips as in the run, received images" in capsys.readouterr().err
    # Clips of fold 1 are among those that it was trained on.
    assert main([*predict, *clips]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    for fold in (2, 1):
        assert f"test fold {fold}, validation fold" in printed.err


@pytest.mark.slow
def test_small_network_beats_chance_on_held_out_folds(data_folder, tmp_path, cache_folder, capsys):
    del cache_folder
    command = [
        *("train", "--model=resnet20", "--dataset=esc50", f"--data_dir={data_folder}"),
        *("--fold=all", "--train_on=all", "--num_bands=32", "--frames_per_second=10"),
        *("--epochs=30", "--batch_size=10", "--notensorboard", "--format=json"),
        f"--output_dir={tmp_path}",
    ]
    assert main(command) == 0
    rows = json.loads(capsys.readouterr().out)
    accuracy = sum(row["test_accuracy"] for row in rows) / 5
    # 50 clips of 10 classes: by chance 5 right, and 11 or more in 0.9 % of all cases.
    assert accuracy > 0.2
