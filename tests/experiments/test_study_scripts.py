"""The training studies as scripts: scales, plans and the whole chain on a few images."""

import importlib
import subprocess
import sys

import pytest

from nasbench_templates.cli import study_command

SCRIPTS = {
    # Runs at full scale: data sets x networks x templates x three seeds.
    "myth_table2_3_accuracy": 6 * 4 * 6 * 3,
    "myth_table4_imagenet": 2 * 6 * 3,
    "myth_table6_nasbench": 2 * (6 + 5) * 3,
    "redistribution_table1_3": (4 + 4 + 2) * 5 * 3,
    "redistribution_curves": 2 * (4 * 8 * 5 + 1) * 3,
}
MOST_SECONDS = 15 * 60


@pytest.mark.parametrize(("script", "count"), SCRIPTS.items())
def test_full_scale_is_the_published_study(script, count):
    study = importlib.import_module(script).make_study("full", (0, 1, 2))
    assert len(study.runs) == count
    assert study.name == script
    assert all(run.data.train_images is None for run in study.runs)


@pytest.mark.parametrize("script", SCRIPTS)
def test_small_scale_has_three_seeds_and_fits_its_time(script):
    study = importlib.import_module(script).make_study("small", (0, 1, 2))
    assert {run.seed for run in study.runs} == {0, 1, 2}
    seconds = sum(study_command.run_seconds(run, run.network.plan()) for run in study.runs)
    assert seconds < MOST_SECONDS


@pytest.mark.parametrize(
    ("scale", "model", "unreduced"),
    # Inception's base has branches of different widths, its multiples have not.
    [("full", "vgg19", []), ("full", "inception", [""]), ("small", "vgg19", [])],
)
def test_curves_train_no_base_twice(scale, model, unreduced):
    runs = importlib.import_module("redistribution_curves").make_study(scale, (0,)).runs
    chosen = [
        run
        for run in runs
        if (run.network.network, run.network.template, run.data.name) == (model, "base", "cifar10")
    ]
    multiples = ["x1.6", "x1.3", "x1", "x0.8", "x0.5", "x0.25", "x0.1", "x0.05"]
    if scale == "small":
        multiples = ["x0.1", "x0.05", "x0.025"]
    assert [run.variant for run in chosen] == [*unreduced, *multiples]
    costs = [run.network.plan().cost for run in chosen]
    assert len(set(costs)) == len(costs)


def test_dry_run_prints_the_plan_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module("myth_table4_imagenet")
    arguments = ["--dry_run", "--scale=full"]
    status = study_command.main(module.__file__, module.__doc__, module.make_study, arguments)
    assert status == 0
    printed = capsys.readouterr().out
    assert "143,672,744" in printed
    assert "36 runs" in printed
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--scale=tiny"], 2, "scale"),
        (["small"], 2, "expected flags only"),
        (["--scale=small", "--data_dir=/nowhere-at-all"], 2, "expected a folder with the set"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path, monkeypatch, capsys, arguments, status, words):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module("myth_table6_nasbench")
    found = study_command.main(module.__file__, module.__doc__, module.make_study, arguments)
    assert found == status
    assert words in capsys.readouterr().err


def test_dry_run_refuses_folders_that_do_not_exist(capsys):
    module = importlib.import_module("myth_table2_3_accuracy")
    arguments = ["--dry_run", "--data_dir=/nowhere-at-all"]
    assert study_command.main(module.__file__, module.__doc__, module.make_study, arguments) == 2
    assert "expected a folder with the set" in capsys.readouterr().err


def test_notes_are_about_what_is_trained():
    module = importlib.import_module("redistribution_table1_3")
    small, full = (
        " ".join(module.make_study(scale, (0,)).applicable_notes) for scale in ("small", "full")
    )
    assert "parabola" in small
    assert "64x64" not in small
    assert "64x64" in full


def test_help_tells_the_scales(capsys):
    module = importlib.import_module("myth_table6_nasbench")
    assert study_command.main(module.__file__, module.__doc__, module.make_study, ["--help"]) == 0
    assert "--scale=full|small" in capsys.readouterr().out


@pytest.mark.slow
def test_smoke_run_of_a_script_leaves_table_and_figure(tmp_path, data_folder):
    script = importlib.import_module("myth_table6_nasbench").__file__
    command = [sys.executable, script, "--scale=small", "--smoke", f"--output_dir={tmp_path}",
               f"--data_dir=cifar10={data_folder}/cifar10_jpeg"]  # fmt: skip
    for _ in range(2):  # the second call reads back
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert "finished before, read back" in done.stderr
    assert "figures mean nothing" in (tmp_path / "results.md").read_text("utf-8")
    assert (tmp_path / "figure.svg").is_file()
