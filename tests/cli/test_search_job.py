"""The job `search`: what it refuses and prints, and real searches that are killed at any moment."""

import importlib.util
import json
import random
import subprocess
import sys
import time

import pytest
from pretended_runs import Pretender

from nasbench_templates.cli import command, search_table
from nasbench_templates.cli.jobs import search_job
from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.distribution_search import search
from nasbench_templates.distribution_search.settings import SearchSettings
from nasbench_templates.report import distribution_plots
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.support import files
from nasbench_templates.training.recipes import recipes

CELL = (
    '{"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["input", "conv3x3-bn-relu", "output"]}'
)
NETWORK = (f"--cell={CELL}", "--stem_filters=8", "--num_modules_per_stack=1")
REAL = (
    *("search", *NETWORK, "--dataset=digits", "--limit_train_images=96", "--batch_size=32"),
    *("--match_on=macs", "--match_rule=closest", "--epochs=4", "--deterministic", "--workers=1"),
    *("--final_seeds=1,2", "--checkpoint_interval_s=0"),
)
HALVING = ("--strategy=halving", "--trials=7", "--min_epochs=1", "--reduction_factor=2")


def test_a_dry_run_prints_candidates_at_the_budget_and_writes_nothing(tmp_path, capsys):
    folder = tmp_path / "search"
    flags = ["--dataset=digits", "--dry_run", f"--output_dir={folder}", "--format=json"]
    assert command.run(["search", *NETWORK, "--most_gap=0.2", *flags]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["template"] for row in rows] == ["base", *"abcde"]
    assert not folder.exists()


def test_a_dry_run_names_what_the_budget_leaves_out(tmp_path, capsys):
    argv = ["search", "--cell=resnet", "--stem_filters=4", "--dry_run", f"--output_dir={tmp_path}"]
    assert command.run([*argv, "--budget=0.5x"]) == 0
    out, told = capsys.readouterr()
    assert "b flat" in out
    assert told.count("left out: template") == 4
    assert command.run([*argv, "--budget=0.001x"]) == 1
    out, told = capsys.readouterr()
    assert "+99900.00" in out
    assert "none of 5 templates gives one, and the base is +99900.0 % off it" in told


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--max_train_seconds=5", "expected no --max_train_seconds"),
        ("--final_seeds=0,1", "other seeds for the final comparison"),
        ("--final_seeds=1", "at least two final seeds"),
        ("--train_on=all", "needs the validation split"),
        ("--plot=picture.doc", "expected a file name in"),
        ("--min_epochs=99", "min_epochs from 1 to the"),
        ("more", "expected flags only"),
    ],
)
def test_what_no_search_can_be_is_refused_before_work(tmp_path, capsys, flag, message):
    folder = tmp_path / "search"
    assert command.run(["search", *NETWORK, f"--output_dir={folder}", flag]) == 2
    assert message in capsys.readouterr().err
    assert not folder.exists()


def test_without_optuna_the_other_strategies_are_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    argv = ["search", *NETWORK, "--strategy=tpe", f"--output_dir={tmp_path}"]
    assert command.run(argv) == 2
    assert "pip install 'nasbench_templates[search]'" in capsys.readouterr().err


def test_report_and_plot_show_what_was_found(tmp_path, capsys):
    config = recipes.get("short").config(3, batch_size=32)
    settings = SearchSettings("net", DataRequest("digits"), config, tmp_path)
    network = NetworkSettings("resnet20", (8, 8, 1), 10)
    pretender = Pretender(lambda widths, _: widths[0] / 99)
    answer = search.search(network, MatchSettings(rule="nearest"), settings, pretender)
    search_table.write(tmp_path, answer)
    distribution_plots.plot_search(
        files.read_json(tmp_path / search.ANSWER), str(tmp_path / "search.svg")
    )
    assert "validation accuracy" in (tmp_path / "search.svg").read_text("utf-8")
    assert command.run(["report", f"--results={tmp_path}", "--format=markdown"]) == 0
    printed = capsys.readouterr().out
    assert "## Search: resnet20 on digits" in printed
    assert " beats the base: +" in printed
    assert "s of training steps" in printed
    search_table.print_answer("table", answer)
    assert " beats the base: +" in capsys.readouterr().out


def test_an_answer_is_written_printed_and_drawn(tmp_path, capsys, monkeypatch):
    pretender = Pretender(lambda widths, _: widths[0] / 99)
    monkeypatch.setattr(search_job.engine, "carry_out", lambda tasks, **_: pretender(tasks))
    flags = ["--dataset=digits", "--epochs=3", "--batch_size=32", "--match_rule=closest"]
    folder, picture = tmp_path / "out", tmp_path / "search.svg"
    argv = ["search", *NETWORK, *flags, f"--output_dir={folder}", f"--plot={picture}"]
    assert command.run([*argv, "--format=json"]) == 0
    (printed,) = json.loads(capsys.readouterr().out)
    assert (printed["status"], printed["winner"]["template"]) == ("finished", "e")
    trials = files.read_json(folder / search.ANSWER)["trials"]
    assert sorted(each["template"] for each in trials) == [*"abcde"]
    assert "validation accuracy" in picture.read_text("utf-8")
    made = len(pretender.made)
    assert command.run(argv) == 0
    assert len(pretender.made) == made
    assert "best candidate e: +5.05 points" in capsys.readouterr().out


def run(folder, *flags, kill_after=None):
    """Runs a search in a process of its own; returns its exit status, `None` if it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nasbench_templates", *REAL, *flags, f"--output_dir={folder}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return process.wait(kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def answer_of(folder):
    """The answer without times."""
    content = files.read_json(folder / search.ANSWER)
    for effort in ("search", "final"):
        content["cost"][effort].pop("train_seconds")
    content["cost"].pop("wall_seconds")
    for role in ("winner", "base"):
        content[role].pop("latency_ms")
    return content


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("optuna") is None, reason="needs the extra search")
def test_killed_at_random_moments_it_ends_as_if_nothing_had_happened(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    start = time.monotonic()
    assert run(whole, *HALVING) == 0
    seconds = time.monotonic() - start
    moments, kills = random.Random(11), 0
    for _ in range(12):
        # Some come while Python starts, most in the middle of runs and between them.
        kills += run(killed, *HALVING, kill_after=moments.uniform(0.1, 0.8) * seconds) is None
    assert kills
    assert run(killed, *HALVING) == 0
    assert answer_of(killed) == answer_of(whole)
    assert not list((killed / "runs").glob("*/checkpoints"))


@pytest.mark.slow
def test_two_workers_find_what_one_finds(tmp_path):
    assert run(tmp_path / "one") == 0
    assert run(tmp_path / "two", "--workers=2") == 0
    one, two = answer_of(tmp_path / "one"), answer_of(tmp_path / "two")
    keys = ("trial", "template", "status", "filters", "epochs")
    assert [[each[key] for key in keys] for each in two["trials"]] == [
        [each[key] for key in keys] for each in one["trials"]
    ]
    assert two["cost"] == one["cost"]
