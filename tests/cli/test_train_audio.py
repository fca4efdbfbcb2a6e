"""Training on audio from the command line, on small sets and on the real clips."""

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


def test_every_fold_is_tested_once(tmp_path, cache_folder, capsys):
    del cache_folder
    write_folds(tmp_path / "sounds")
    command = [
        *("train", "--cell=resnet", "--stem_filters=4", "--num_stacks=1"),
        *("--num_modules_per_stack=1", "--dataset=sounds", f"--data_dir={tmp_path}"),
        *("--fold=all", "--num_bands=8", "--frames_per_second=16", "--epochs=1"),
        *("--batch_size=4", "--notensorboard", "--format=json", f"--output_dir={tmp_path / 'out'}"),
    ]
    assert main(command) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["fold"] for row in rows] == [1, 2, 3]
    assert all(row["num_images"] == [4, 4, 4] for row in rows)
    assert len({row["data_checksum"] for row in rows}) == 3
    assert main(command) == 0
    again = json.loads(capsys.readouterr().out)
    assert [row["train_seconds"] for row in again] == [row["train_seconds"] for row in rows]


def test_prediction_takes_the_clips_as_the_run_did_and_no_images(tmp_path, cache_folder, capsys):
    del cache_folder
    write_folds(tmp_path / "sounds")
    clips = ("--dataset=sounds", f"--data_dir={tmp_path}", "--fold=2", "--num_bands=8",
             "--frames_per_second=16")  # fmt: skip
    command = [
        *("train", "--cell=resnet", "--stem_filters=4", "--num_stacks=1"),
        *("--num_modules_per_stack=1", "--epochs=1", "--batch_size=4", "--notensorboard"),
        *("--format=json", f"--output_dir={tmp_path / 'out'}"),
    ]
    assert main([*command, *clips]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    accuracy = row["test_accuracy"]
    predict = ("predict", f"--run={tmp_path / 'out'}")
    assert main([*predict, *clips, "--format=jsonl"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["label"] for row in rows] == ["a", "b", "a", "b"]
    right = [row["label"] == row["prediction"] for row in rows]
    assert sum(right) / 4 == pytest.approx(accuracy)
    assert main([*predict, f"--images={tmp_path}"]) == 2
    assert "the run classifies audio features" in capsys.readouterr().err
    assert main([*predict, "--dataset=digits"]) == 2
    assert "expected audio clips as in the run, received images" in capsys.readouterr().err
    # Clips of fold 1 are among those that it was trained on.
    assert main([*predict, *(each for each in clips if "fold" not in each)]) == 2
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
