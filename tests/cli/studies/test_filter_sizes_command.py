"""The study of learned filter sizes, tried out on a few digits."""

import csv
import json
import os
import pathlib
import signal

import pytest
from absl import flags

from nasbench_templates.cli import command
from nasbench_templates.cli.run_progress import RunProgress
from nasbench_templates.cli.studies import filter_sizes
from nasbench_templates.papers.registered import studies

DIGITS = ("--scale=small", "--dataset=digits")
TINY = (*DIGITS, "--channel_divisor=32", "--max_depth=4", "--limit_train_images=64",
        "--limit_test_images=64", "--epochs=2", "--batch_size=8")  # fmt: skip


def call(arguments):
    return command.run(["study", "filter_sizes", *arguments])


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_dry_run_prints_computed_beside_published_costs(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call(["--dry_run"]) == 0
    printed = capsys.readouterr().out
    rows = [cells(line) for line in printed.splitlines() if line[:3] in {f"| {n}" for n in "1234"}]
    assert len(rows) == 8 + 12 + 4 + 3
    (eff_conv,) = (row for row in rows if row[1].startswith("Eff-Conv"))
    assert eff_conv[2:5] == ["93.0", "-", "0"]
    assert eff_conv[-3:] == ["1.665", "1.706", "1.69"]
    assert "| FabricNet Conv C=128 D=8 | 92.57 | 21.2 |" in printed
    assert "Not the published protocol" not in printed
    assert not list(tmp_path.iterdir())


def test_small_scale_lists_its_reductions(capsys):
    assert call(["--dry_run", "--scale=small", "--epochs=3"]) == 0
    printed = capsys.readouterr().out
    assert {cells(line)[0] for line in printed.splitlines()[2:-1]} == {"1"}
    for words in ("tables 2, 3, 4 left out", "channel_divisor 8 instead of 1",
                  "depth_divisor 3 instead of 1",
                  "limit_train_images 5000 instead of all", "epochs 3 instead of 400"):  # fmt: skip
        assert words in printed


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("--rows=no pooling,guessed", "expected --rows of no pooling, predefined pooling, "),
        ("--rows=D=10", "received D=10"),  # of a table that was not asked for
        ("--tables=1,5", "expected --tables of 1, 2, 3, 4, received 5"),
        ("--tables=", "received none"),
        ("--learning_rate=-1", "learning_rate"),
        ("--seeds=a", "expected --seeds as whole numbers"),
        ("--channel_divisor=0", "channel_divisor"),
        ("small", "expected flags only"),
    ],
)
def test_wrong_usage_is_one_line(capsys, argument, words):
    assert call([*DIGITS, "--dry_run", argument]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err


def test_limit_of_test_images_alone_is_told_in_words(capsys):
    assert call(["--dry_run", "--limit_test_images=1000"]) == 2
    assert "no lower than that of training images, received 1000 and all" in capsys.readouterr().err


def test_chosen_tables_are_no_reduction(capsys):
    assert call(["--dry_run", "--tables=1,2"]) == 0
    assert "Not the published protocol" not in capsys.readouterr().out


def test_signal_saves_and_the_same_command_resumes(tmp_path, monkeypatch, caplog):
    command = [
        *TINY,
        "--seeds=0",
        "--workers=1",
        "--rows=no pooling,predefined pooling",
        f"--output_dir={tmp_path}",
    ]
    epochs = []

    def interrupt(shown, event):
        epochs.append(event.metrics.epoch)
        os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patched:
        patched.setattr(RunProgress, "_epoch", interrupt)
        assert call(command) == 143
    assert "the same command resumes" in caplog.text
    assert [row["test_accuracy_percent"] for row in rows_of(tmp_path)] == [None, None]
    monkeypatch.setattr(
        RunProgress, "_epoch", lambda shown, event: epochs.append(event.metrics.epoch)
    )
    assert call(command) == 0
    assert epochs == [1, 2, 1, 2]  # the first network's first epoch is not trained twice
    written = (tmp_path / "results.csv").read_text("utf-8")
    assert call(command) == 0
    assert len(epochs) == 4
    assert (tmp_path / "results.csv").read_text("utf-8") == written


def rows_of(folder):
    return json.loads((folder / "results.json").read_text("utf-8"))["rows"]


@pytest.mark.slow
def test_smoke_run_trains_prunes_and_draws(tmp_path):
    assert call([*DIGITS, "--smoke", "--tables=1,3", f"--output_dir={tmp_path}"]) == 0
    rows = rows_of(tmp_path)
    assert len(rows) == 8 + 4
    assert all(0 <= row["test_accuracy_percent"] <= 100 for row in rows)
    by_name = {row["row"]: row for row in rows}
    # One epoch moves no share below 0.1: only one resolution is cheaper than all.
    assert by_name["learned threshold 0.1"]["params"] == by_name["learned"]["params"]
    assert by_name["learned one resolution"]["params"] == by_name["no pooling"]["params"]
    assert by_name["learned depth D=10"]["effective_depth"] in (3, 4, 5)
    assert (tmp_path / "figure.svg").read_text("utf-8").startswith("<?xml")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    text = (tmp_path / "results.md").read_text("utf-8")
    assert "published acc % | measured acc %" in text
    assert "- settings: batch_norm per_resolution, batch_size 8, " in text
    with pathlib.Path(tmp_path / "results.csv").open(encoding="utf-8") as file:
        assert [row["row"] for row in csv.DictReader(file)] == list(row["row"] for row in rows)


def test_each_seed_is_a_run_of_its_own(tmp_path):
    command = [*TINY, "--epochs=1", "--rows=no pooling", "--workers=1", f"--output_dir={tmp_path}"]
    assert call([*command, "--seeds=1,2"]) == 0
    (row,) = rows_of(tmp_path)
    assert row["seeds"] == 2
    names = sorted(folder.name.rpartition("-")[0] for folder in (tmp_path / "runs").iterdir())
    assert [name.rpartition("-")[2] for name in names] == ["seed1", "seed2"]


@pytest.mark.parametrize(
    ("arguments", "seeds"),
    [((), (0,)), (("--scale=small",), (0, 1, 2)), (("--scale=small", "--smoke"), (0,)),
     (("--seeds=4,2",), (4, 2))],
)  # fmt: skip
def test_scale_decides_the_seeds(arguments, seeds):
    flag_values = flags.FlagValues()
    filter_sizes.define_flags(flag_values, studies.get("filter_sizes"))
    flag_values(["study", *arguments])
    assert filter_sizes.chosen_seeds(flag_values) == seeds
