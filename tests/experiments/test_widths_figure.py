"""Filters per layer of every network."""

import csv

import widths_figure


def test_distributions_have_their_own_names_and_the_base_comes_first():
    found = widths_figure.widths(widths_figure.template_networks())
    assert len(found) == 6
    assert list(found["nasbench101:best"]) == ["base", "a", "b", "c", "d", "e"]
    assert found["nasbench101:best"]["b"] == (190, 190, 190)  # uniform, printed as c
    assert list(found["vgg19"]["c"][:3]) == [165, 158, 152]


def test_redistributions_fill_the_slots_that_the_base_is_drawn_with():
    found = widths_figure.widths(widths_figure.redistributed_networks())
    assert found["resnet50"]["base"] == (64, 128, 256, 512)
    assert found["resnet50"]["reverse"] == (512, 256, 128, 64)
    names = {"base", "reverse", "uniform", "quadratic", "negative_quadratic"}
    assert [set(by) for by in found.values()] == 4 * [names]


def test_pictures_and_widths_are_written(tmp_path, capsys):
    assert widths_figure.main([f"--output_dir={tmp_path}"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6
    with (tmp_path / "redistributions.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["network"] == "vgg19"]
    uniform = {row["filters"] for row in rows if row["distribution"] == "uniform"}
    assert uniform == {"344"}
