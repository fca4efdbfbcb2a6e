"""The studies that train: scales, plans and the whole chain on a few images."""

import json

import pytest
from pretended_runs import Pretender

from nasbench_templates.cli import command, study_command
from nasbench_templates.papers import runner
from nasbench_templates.papers.registered import Trained, studies

RUNS = {
    # Runs at full scale: data sets x networks x templates x three seeds.
    "accuracy": 6 * 4 * 6 * 3,
    "imagenet": 2 * 6 * 3,
    "nasbench": 2 * (6 + 5) * 3,
    "redistribution": (4 + 4 + 2) * 5 * 3,
    "curves": 2 * (4 * 8 * 5 + 1) * 3,
}
# Networks and data sets x templates x five seeds.
MEDIUM_RUNS = {"equal_flops": (3 + 1) * 6 * 5}
MOST_SECONDS = 15 * 60


def made(name, scale, seeds):
    return studies.get(name).work.make(scale, seeds)


def call(name, *arguments):
    return command.run(["study", name, *arguments])


def test_every_study_that_trains_is_tested():
    assert RUNS.keys() | MEDIUM_RUNS.keys() == {
        name for name in studies if isinstance(studies.get(name).work, Trained)
    }


@pytest.mark.parametrize(("name", "count"), RUNS.items())
def test_full_scale_is_the_published_study(name, count):
    study = made(name, "full", (0, 1, 2))
    assert len(study.runs) == count
    assert study.name == name
    assert all(run.data.train_images is None for run in study.runs)


@pytest.mark.parametrize("name", RUNS)
def test_small_scale_has_three_seeds_and_fits_its_time(name):
    study = made(name, "small", (0, 1, 2))
    assert {run.seed for run in study.runs} == {0, 1, 2}
    networks = {run.network.network for run in study.runs}
    for chosen in (study.only(), *(study.only([network]) for network in networks)):
        seconds = sum(study_command.run_seconds(run, run.network.plan()) for run in chosen.runs)
        assert seconds < MOST_SECONDS, chosen.reductions


@pytest.mark.parametrize(("name", "count"), MEDIUM_RUNS.items())
def test_medium_scale_trains_on_whole_sets_with_five_seeds(name, count):
    study = made(name, "medium", studies.get(name).work.seeds)
    assert len(study.runs) == count
    assert {run.seed for run in study.runs} == {0, 1, 2, 3, 4}
    assert {run.data.num_images for run in study.runs} == {(60_000, 0, 10_000), (50_000, 0, 10_000)}
    assert study.is_corrected


def test_results_tell_how_each_network_trains():
    study = made("redistribution", "small", (0,)).only(["vgg19", "resnet50"])
    sizes = {run.network.network: run.config.batch_size for run in study.runs}
    assert len(set(sizes.values())) == 2
    told = study_command.trainings(study.runs)
    assert {name: each["batch_size"] for name, each in told.items()} == {
        f"cifar10 {network}": size for network, size in sizes.items()
    }
    assert list(study_command.trainings(study.only(["vgg19"]).runs)) == ["cifar10"]


def test_templates_of_the_medium_scale_cost_what_their_base_costs():
    runs = made("equal_flops", "medium", (0,)).runs
    bases = {
        (run.data, run.network.network): run.network.plan().cost.published_flops
        for run in runs
        if run.network.template == "base"
    }
    for run in runs:
        base = bases[run.data, run.network.network]
        assert abs(run.network.plan().cost.published_flops / base - 1) < 0.05


@pytest.mark.parametrize(
    ("name", "dataset", "images"),
    [
        ("accuracy", "cinic10", (90_000, 90_000, 90_000)),
        ("accuracy", "cifar10", (50_000, 0, 10_000)),
        ("imagenet", "imagenet", (1_281_167, 0, 50_000)),
        ("nasbench", "cifar10", (40_000, 10_000, 10_000)),
    ],
)
def test_full_scale_trains_on_the_images_of_the_paper(name, dataset, images):
    study = made(name, "full", (0,))
    assert {run.data.num_images for run in study.runs if run.data.name == dataset} == {images}


def test_plan_prints_real_numbers_of_images(capsys):
    assert call("accuracy", "--dry_run", "--seeds=0") == 0
    printed = capsys.readouterr().out
    assert "90000/90000/90000" in printed
    assert " all " not in printed.split("The Myth")[0]


def test_plan_has_a_row_for_each_network_in_percent_of_its_base(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "300")
    assert call("equal_flops", "--dry_run") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if "0,1,2,3,4" in line]
    assert len(rows) == (3 + 1) * 6
    (narrow,) = (row for row in rows if row[1:3] == ["vgg11", "base"])
    assert "100.0" in narrow


def test_plan_that_leaves_columns_out_names_no_flag_that_studies_lack(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "60")
    assert call("equal_flops", "--dry_run") == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "(a wider terminal has all)" in printed


@pytest.mark.parametrize(
    ("scale", "model", "unreduced"),
    # Inception's base has branches of different widths, its multiples have not.
    [("full", "vgg19", []), ("full", "inception", [""]), ("small", "vgg19", [])],
)
def test_curves_train_no_base_twice(scale, model, unreduced):
    runs = made("curves", scale, (0,)).runs
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
    assert call("imagenet", *["--dry_run", "--scale=full"]) == 0
    printed = capsys.readouterr().out
    assert "143,683,752" in printed
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
    assert call("nasbench", *arguments) == status
    assert words in capsys.readouterr().err


def test_dry_run_refuses_folders_that_do_not_exist(capsys):
    assert call("accuracy", *["--dry_run", "--data_dir=/nowhere-at-all"]) == 2
    assert "expected a folder with the set" in capsys.readouterr().err


def test_notes_are_about_what_is_trained():
    small, full = (
        " ".join(made("redistribution", scale, (0,)).applicable_notes)
        for scale in ("small", "full")
    )
    assert "parabola" in small
    assert "64x64" not in small
    assert "64x64" in full


def test_every_published_network_is_there_at_small_scale_too():
    for name in ("accuracy", "nasbench", "redistribution", "imagenet"):
        full, small = (
            {run.network.network for run in made(name, scale, (0,)).runs}
            for scale in ("full", "small")
        )
        assert full == small


def test_networks_that_are_left_out_are_a_reduction(capsys):
    assert call("accuracy", "--scale=small", "--dry_run") == 0
    assert "networks vgg19, mobilenet_v2 of vgg19, resnet50, mobi" in capsys.readouterr().out
    assert call("accuracy", "--scale=small", "--dry_run", "--networks=resnet50") == 0
    printed = capsys.readouterr().out
    assert "18 runs" in printed
    assert "networks resnet50 of vgg19" in printed
    assert call("accuracy", "--dry_run", "--networks=resnet50") == 0
    assert "not the published protocol" not in capsys.readouterr().out
    assert call("accuracy", "--dry_run", "--networks=resnet18") == 2
    assert "expected some of vgg19, resnet50, " in capsys.readouterr().err


def test_help_tells_the_scales(capsys):
    assert call("nasbench", "--help") == 0
    assert "--scale=full|small" in capsys.readouterr().out


def test_a_study_is_written_and_drawn(tmp_path, data_folder, capsys, monkeypatch):
    pretender = Pretender(lambda widths, _: widths[0] / 99)
    monkeypatch.setattr(runner.engine, "carry_out", lambda tasks, *_, **__: pretender(tasks))
    flags = ["--scale=small", "--smoke", f"--output_dir={tmp_path}",
             f"--data_dir=cifar10={data_folder}/cifar10_jpeg"]  # fmt: skip
    assert call("nasbench", *flags) == 0, capsys.readouterr().err
    text = (tmp_path / "results.md").read_text("utf-8")
    assert capsys.readouterr().out == text + "\n"
    assert "figures mean nothing" in text
    content = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert [row["template"] for row in content["rows"]] == ["base", "e"]
    assert all(row["test_accuracy_percent"] > 0 for row in content["rows"])
    assert (tmp_path / "figure.svg").is_file()


@pytest.mark.slow
def test_smoke_run_leaves_table_and_figure(tmp_path, data_folder, capsys, caplog):
    command = ["--scale=small", "--smoke", f"--output_dir={tmp_path}",
               f"--data_dir=cifar10={data_folder}/cifar10_jpeg"]  # fmt: skip
    for _ in range(2):  # the second call reads back
        assert call("nasbench", *command) == 0, capsys.readouterr().err
    assert "finished before, read back" in caplog.text
    assert "figures mean nothing" in (tmp_path / "results.md").read_text("utf-8")
    assert (tmp_path / "figure.svg").is_file()
