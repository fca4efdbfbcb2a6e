"""Near misses of flags and names, the version, and homes in paths."""

import pytest
from absl import flags

from nasbench_templates.cli import command
from nasbench_templates.cli.flags import path_flags
from nasbench_templates.networks.architecture import architectures
from nasbench_templates.support.errors import UnknownNameError
from nasbench_templates.support.registry import Registry


def run(capsys, *arguments):
    status = command.run(arguments)
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize(
    ("job", "flag", "meant"),
    [
        ("match", "--widthmultiplier=2", "--width_multiplier"),
        ("match", "--WidthMultiplier=2", "--width_multiplier"),
        ("evaluate", "--seed=1", "--seeds"),
        ("train", "--ouput-dir=x", "--output_dir"),
        ("train", "--nodeterministc", "--deterministic"),
    ],
)
def test_near_misses_are_suggested(capsys, job, flag, meant):
    status, _, err = run(capsys, job, flag)
    assert status == 2
    assert f"did you mean {meant}" in err


@pytest.mark.parametrize("job", command.job_names())
def test_every_job_tells_its_version(capsys, job):
    assert run(capsys, job, "--version")[:2] == run(capsys, "--version")[:2]


@pytest.mark.parametrize(
    ("given", "meant"), [("googlenet", "inception"), ("VGG11", "vgg11"), ("GoogLeNet", "inception")]
)
def test_other_names_are_the_same_network(capsys, given, meant):
    assert architectures.canonical(given) == meant
    rows = [run(capsys, "match", f"--model={name}", "--format=csv") for name in (given, meant)]
    assert rows[0] == rows[1]
    assert rows[0][0] == 0


def test_templates_may_be_written_in_capitals(capsys):
    rows = [run(capsys, "match", "--model=vgg11", f"--templates={name}") for name in "bB"]
    assert rows[0] == rows[1]


def test_unknown_names_suggest_aliases_too():
    with pytest.raises(UnknownNameError, match="did you mean googlenet"):
        architectures.get("gogglenet")


def test_an_alias_is_neither_listed_nor_taken_twice():
    assert "googlenet" not in architectures.names()
    registry = Registry("thing", "nasbench_templates.support.errors", ignores_case=False)
    registry.register("a", 1)
    registry.alias("b", "a")
    assert registry.get("b") == 1
    assert registry.canonical("B") == "B"
    with pytest.raises(ValueError, match="'b' is registered twice"):
        registry.alias("b", "a")


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def defined(job):
    import importlib

    flag_values = flags.FlagValues()
    importlib.import_module(f"nasbench_templates.cli.jobs.{job}_job").define_flags(flag_values)
    return flag_values


@pytest.mark.parametrize("job", command.job_names())
def test_homes_are_expanded_in_every_flag_that_names_a_path(job, home):
    flag_values = defined(job)
    paths = [
        name
        for name in flag_values
        if flag_values[name].flag_type() in ("string", "comma separated list of strings")
        and any(word in flag_values[name].help.lower() for word in ("folder", "file"))
    ]
    assert set(paths) - {"dataset", "fold"} <= path_flags.PATH_FLAGS
    command.parse("program", [f"--{name}=~/x" for name in paths], flag_values)
    for name in set(paths) & path_flags.PATH_FLAGS:
        value = flag_values[name].value
        assert value in (f"{home}/x", [f"{home}/x"])


def test_output_below_the_home_makes_no_folder_of_that_name(capsys, home, monkeypatch):
    monkeypatch.chdir(home)
    status, *_ = run(capsys, "match", "--model=vgg11", "--plot=~/widths.svg")
    assert status == 0
    assert (home / "widths.svg").is_file()
    assert not (home / "~").exists()


def test_unknown_homes_are_refused(capsys):
    status, _, err = run(capsys, "report", "--results=~nobody_at_all/x")
    assert status == 2
    assert "--results=~nobody_at_all/x: expected a home folder for ~, found none" in err


def test_width_multiplier_tells_what_it_acts_on(capsys, caplog):
    arguments = ("match", "--model=vgg11", "--templates=base,b,uniform")
    assert run(capsys, *arguments)[0] == 0
    assert not caplog.records
    assert run(capsys, *arguments, "--width_multiplier=0.5")[0] == 0
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith("--width_multiplier acts on the redistributions (unchanged, ")
    assert message.endswith("; base, b stay as they are")
