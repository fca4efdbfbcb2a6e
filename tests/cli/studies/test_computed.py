"""Filters per layer of every network."""

import csv

from nasbench_templates.cli import command
from nasbench_templates.papers.studies import widths


def call(arguments):
    return command.run(["study", "widths", *arguments])


def test_distributions_have_their_own_names_and_the_base_comes_first():
    found = widths.widths(widths.template_networks())
    assert len(found) == 6
    assert list(found["nasbench101:best"]) == ["base", "a", "b", "c", "d", "e"]
    assert found["nasbench101:best"]["b"] == (190, 190, 190)  # uniform, printed as c
    assert list(found["vgg19"]["c"][:3]) == [165, 158, 152]


def test_redistributions_fill_the_slots_that_the_base_is_drawn_with():
    found = widths.widths(widths.redistributed_networks())
    assert found["resnet50"]["base"] == (64, 128, 256, 512)
    assert found["resnet50"]["reverse"] == (512, 256, 128, 64)
    names = {"base", "reverse", "uniform", "quadratic", "negative_quadratic"}
    assert [set(by) for by in found.values()] == 4 * [names]


def test_pictures_and_widths_are_written(tmp_path, capsys):
    assert call([f"--output_dir={tmp_path}"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 7
    text = (tmp_path / "results.md").read_text("utf-8")
    assert "| mobilenet_v2 | base | base | 16 24 32 64 96 160 320 1280 |" in text
    assert "## Redistributions" in text
    with (tmp_path / "redistributions.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["network"] == "vgg19"]
    uniform = {row["filters"] for row in rows if row["distribution"] == "uniform"}
    assert uniform == {"344"}


def test_dry_run_of_the_small_scale_prints_the_widths_and_writes_nothing(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert call(["--scale=small", "--dry_run"]) == 0
    assert "| nasbench101:best | b | c |" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
