"""The job `sweep` in this process: plan, runs, what is added later, status and table."""

import csv
import io
import json
import re
from fractions import Fraction

import pandas
import pytest
import rich.console
from absl import flags as absl_flags

import nasbench_templates as nt
from nasbench_templates.__main__ import main
from nasbench_templates.cli import sweep_progress
from nasbench_templates.cli.flags import sweep_flags
from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import MatchSettings
from nasbench_templates.runs import events
from nasbench_templates.runs.events import AttemptFailed, Ended, EpochEnded, Outcome, Started
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.sweeps import pace, planning, request
from nasbench_templates.training.metrics import EpochMetrics

GRID = (
    "--networks=resnet", "--stem_filters=4", "--num_stacks=2", "--num_modules_per_stack=1",
    "--datasets=digits", "--limit_train_images=64", "--epochs=1", "--workers=1",
)  # fmt: skip
FILE = """
networks: [best]
options: {stem_filters: 4, num_stacks: 2, num_modules_per_stack: 1}
templates: [base, b]
datasets: digits
training: {recipe: short, epochs: 1}
runs:
  - {seeds: [0, 1]}
  - {budgets: [2x], templates: [c], training: {learning_rate: 0.01}}
"""


@pytest.fixture
def call(capsys):
    def run(*argv, status=0):
        assert main(["sweep", *map(str, argv)]) == status
        captured = capsys.readouterr()
        return captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a sweep of two runs, trained here."""
    folder = tmp_path_factory.mktemp("sweep")
    assert main(["sweep", *GRID, "--templates=base,b", f"--output_dir={folder}"]) == 0
    return folder


def no_measurement(*_):
    raise AssertionError("expected the time of finished runs")


def test_a_plan_is_shown_with_cost_and_time_and_nothing_is_written(call, tmp_path, monkeypatch):
    monkeypatch.setattr(pace, "measured", lambda runs, *_: pace.Pace())
    path = tmp_path / "sweep.yaml"
    path.write_text(FILE)
    flags = (f"--file={path}", f"--output_dir={tmp_path / 'runs'}", "--dry_run")
    out, _ = call(*flags)
    assert "5 runs" in out
    assert re.search(r"about \d+ s", out)
    rows = json.loads(call(*flags, "--format=json")[0])
    assert [row["template"] for row in rows].count("c") == 1
    listed = list(csv.DictReader(io.StringIO(call(*flags, "--format=csv", "--seeds=5")[0])))
    assert {row["seed"] for row in listed} == {"5"}
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("training: {epochs: one}", "training[0]: expected epochs to be a whole number >= 1"),
        ("training: 3", "training[0]: 3 is not of type 'object'"),
        ("datasets: [{folder: /tmp}]", "datasets[0]: 'name' is a required property"),
        ("options:", "options: None is not of type 'object'"),
        ("runs: 5", "runs: 5 is not of type 'array'"),
        ("budgets: ['0.5']", "budgets[0]: expected a budget of at least 1"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_file_and_place(call, tmp_path, line, message):
    path = tmp_path / "sweep.yaml"
    path.write_text(f"networks: resnet\n{line}\n")
    flags = ["--stem_filters=8", "--data_dir=/tmp", f"--output_dir={tmp_path / 'runs'}"]
    _, told = call(f"--file={path}", *flags, status=2)
    assert f"{path}, {message}" in told
    assert not (tmp_path / "runs").exists()


def test_flags_replace_what_the_runs_of_a_file_say(tmp_path):
    path = tmp_path / "sweep.json"
    inner = [
        {
            "networks": "resnet",
            "seeds": [0, 1],
            "templates": ["base"],
            "options": {"num_stacks": 2},
        },
        {"networks": "best"},
    ]
    path.write_text(json.dumps({"seeds": [3], "runs": inner}))
    values = absl_flags.FlagValues()
    sweep_flags.define_grid_flags(values)
    values(["", f"--file={path}", "--seeds=7", "--templates=b", "--stem_filters=8"])
    first, second = request.parse(sweep_flags.content(values))
    assert [grid.seeds for grid in (first, second)] == [(7,), (7,)]
    assert [grid.templates for grid in (first, second)] == [("b",), ("b",)]
    assert [grid.networks for grid in (first, second)] == [("resnet",), ("best",)]
    assert first.options == {"num_stacks": 2, "stem_filters": 8}
    assert second.options == {"stem_filters": 8}


@pytest.mark.parametrize(
    ("flags", "change"),
    [
        (["--smoke"], {"smoke_images": 256}),
        (["--train_on=all"], {"is_validation_trained_on": True}),
        (["--limit_train_images=9"], {"train_images": 9}),
    ],
)
def test_flags_of_the_data_reach_every_data_set(call, tmp_path, monkeypatch, flags, change):
    seen = []
    parse = request.parse
    monkeypatch.setattr(
        request, "parse", lambda content, where: seen.append(content) or parse(content, where)
    )
    monkeypatch.setattr(pace, "measured", lambda runs, *_: pace.Pace())
    call(*GRID[:-3], *flags, "--epochs=1", f"--output_dir={tmp_path}", "--dry_run")
    assert seen[0]["datasets"] == [{"name": "digits", **change}]


def test_settings_of_the_match_reach_the_plan(call, tmp_path):
    named = {"match_on": "macs", "width_multiplier": "2", "n_min": "2"}
    shapes = {"match_input_shape": "16,16,1", "match_num_classes": "10"}
    skeleton = {"stem_filters": 4, "num_stacks": 2, "num_modules_per_stack": 1}
    network = nt.network(cell="resnet", input_shape=(8, 8, 1), num_classes=10, **skeleton)
    for more in ({}, shapes):
        settings = MatchSettings(
            "macs", "nearest", n_min=2, width_multiplier=Fraction(2),
            **({"input_shape": (16, 16, 1), "num_classes": 10} if more else {}),
        )  # fmt: skip
        expected = [list(each.filters) for each in plan(network, ["base", "c"], settings)]
        flags = [f"--{name}={value}" for name, value in (named | more).items()]
        out, _ = call(
            *GRID, "--templates=base,c", "--match_rule=nearest", *flags, "--dry_run",
            f"--output_dir={tmp_path}", "--format=json",
        )  # fmt: skip
        assert sorted(row["filters"] for row in json.loads(out)) == sorted(expected)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["finish"], "unknown action 'finish': expected one of status, collect, or flags"),
        (["status"], "expected one folder, sweep status DIR, received 0"),
        (["status", "nowhere"], "nowhere is none"),
        (["collect", "nowhere"], "nowhere is none"),
        (["--output_dir="], "expected a folder for --output_dir"),
        (["--shard=4/4", "--networks=resnet"], "shard"),
        (["--run_memory=lots"], "run_memory"),
        (["--file=nowhere.yaml"], "nowhere.yaml"),
        (["--networks=resent"], "did you mean resnet"),
        (["--width_multiplier=wide"], "expected --width_multiplier above 0"),
        (["--seeds=one"], "seeds"),
        (["--address=auto"], "--engine=ray"),
        (["--tracking_uri=x"], "--tracker"),
    ],
)
def test_wrong_use_is_one_line(call, flags, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, err = call(*flags, status=2)
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_what_cannot_be_had_is_left_out_with_its_reason(call, tmp_path, monkeypatch):
    monkeypatch.setattr(pace, "measured", lambda runs, *_: pace.Pace())
    flags = (*GRID, "--templates=base,b", f"--output_dir={tmp_path}", "--dry_run")
    out, err = call(*flags, "--budgets=1x,0.001x")
    assert "left out: " in err
    assert "2 runs" in out
    _, err = call(*flags[:-1], "--templates=b", "--budgets=0.001x", status=1)
    assert "no run is left to carry out" in err


def test_runs_leave_a_table_and_are_not_trained_again(trained, call, monkeypatch):
    rows = pandas.read_csv(trained / "table.csv")
    assert sorted(rows["template"]) == ["b", "base"]
    assert set(rows["status"]) == {"finished"}
    before = {path: path.stat().st_mtime_ns for path in trained.glob("runs/*/result.json")}
    out, err = call(*GRID, "--templates=base,b", f"--output_dir={trained}", "--format=json")
    assert {row["template"] for row in json.loads(out)} == {"base", "b"}
    assert "training: " not in err
    assert before == {path: path.stat().st_mtime_ns for path in before}
    monkeypatch.setattr(pace, "measured", no_measurement)
    out, _ = call(*GRID, "--templates=base,b", f"--output_dir={trained}", "--dry_run")
    assert "2 runs" in out
    assert f"all 2 are finished in {trained}: nothing is left to train" in out
    # The base is the same run at any budget.
    out, _ = call(
        *GRID, "--templates=base,b", "--budgets=0.9x", f"--output_dir={trained}", "--dry_run"
    )
    assert re.search(r"about \d+ s for the 1 left with 1 at a time", out)


def test_python_asks_for_the_same_runs(trained):
    asked = {
        "options": {"stem_filters": 4, "num_stacks": 2, "num_modules_per_stack": 1},
        "templates": ["base", "b"],
        "datasets": {"name": "digits", "train_images": 64},
        "training": {"epochs": 1},
    }
    before = sorted(trained.glob("runs/*/result.json"))
    found = nt.sweep(["resnet"], output_dir=trained, workers=1, **asked)
    assert sorted(found["template"]) == ["b", "base"]
    assert sorted(trained.glob("runs/*/result.json")) == before
    assert nt.collect(trained)["run"].tolist() == found["run"].tolist()
    for wrong in ({"workers": 0}, {"engine": "slurm"}, {"budgets": ["0.001x"], "templates": "b"}):
        with pytest.raises(ConfigError, match="expected"):
            nt.sweep(["resnet"], output_dir=trained, **{**asked, **wrong})


def test_status_and_collect_read_what_is_there(trained, call):
    out, _ = call("status", trained)
    assert out.startswith("2 runs: 2 finished")
    states = json.loads(call("status", trained, "--format=json")[0])
    assert json.dumps(states).count("finished") >= 1
    assert "finished" in call("status", trained, "--format=csv")[0]
    (trained / "table.csv").unlink()
    out, _ = call("collect", trained, "--tracker=tensorboard")
    assert "resnet" in out
    assert (trained / "table.csv").exists()
    assert list((trained / "tensorboard").rglob("*tfevents*"))
    (row, _) = csv.DictReader(io.StringIO(call("collect", trained, "--format=csv")[0]))
    assert row["network"] == "resnet"


def test_status_of_a_sweep_that_is_not_done_says_so(trained, call, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in ("sweep.json", "runs"):
        if (trained / name).is_file():
            (folder / name).write_bytes((trained / name).read_bytes())
    for spec in trained.glob("runs/*/spec.json"):
        (folder / "runs" / spec.parent.name).mkdir(parents=True)
        (folder / "runs" / spec.parent.name / "spec.json").write_bytes(spec.read_bytes())
    out, _ = call("status", folder, status=1)
    assert "2 waiting" in out


def test_the_live_table_shows_what_runs_fails_and_is_best(monkeypatch, tmp_path):
    content = {"networks": ["resnet"], "datasets": ["digits"], "seeds": [0, 1, 2]}
    runs = planning.plan(request.parse(content, "test"), tmp_path, record_paths=()).runs
    monkeypatch.setattr(sweep_progress.sys.stderr, "isatty", lambda: True, raising=False)
    shown = sweep_progress.SweepProgress(runs)
    with shown:
        first, second, third = (run.task for run in runs)
        epochs = third.spec.config.epochs
        for task in (first, second, third):
            shown.show(Started(task, "run", 0, 0, 9, "cpu"))
        shown.show(EpochEnded(third, EpochMetrics(1, 0.5, 0.5, 0.6, 0.5, 0.1, 1.0, 64.0)))
        shown.show(AttemptFailed(second, "ended by SIGKILL", attempt=1, is_last=False))
        shown.show(AttemptFailed(second, "ended by SIGKILL", attempt=2, is_last=True))
        shown.show(Ended(Outcome(second, events.FAILED, reason="ended by SIGKILL")))
        result = {"val_accuracy": 0.75}
        shown.show(Ended(Outcome(first, events.FINISHED, str(tmp_path), result)))
        console = rich.console.Console(file=io.StringIO(), width=200)
        console.print(shown._table())
        text = console.file.getvalue()
    for word in ("1 done, 1 running, 1 failed", "SIGKILL", "0.7500", f"1/{epochs}", third.label):
        assert word in text, text
