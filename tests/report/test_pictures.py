"""Pictures are the same file each time, and legible on a dark page."""

import pytest

from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.report import cell_picture, palette, plots


def test_svg_has_no_background_and_turns_light_in_the_dark(tmp_path):
    for name in ("one.svg", "two.svg"):
        plots.plot_widths({"base": (4, 8), "b": (6, 6)}, str(tmp_path / name))
    text = (tmp_path / "one.svg").read_text("utf-8")
    assert text == (tmp_path / "two.svg").read_text("utf-8")
    assert "prefers-color-scheme: dark" in text
    assert "fill: #ffffff" not in text
    assert f"stroke: {palette.INK}" in text
    assert palette.look("b").colour in text


def test_pareto_view_says_in_the_picture_what_nobody_measured(tmp_path):
    path = tmp_path / "front.svg"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("matplotlib").rcParams, "svg.fonttype", "none")
        cells = ([1e5, 2e5], [0.8, 0.9])
        plots.plot_pareto(cells, cells, {"b": [5e4, 9e4]}, str(path))
    text = path.read_text("utf-8")
    assert "nobody measured their accuracy" in text
    assert "b (parameters only)" in text


@pytest.mark.parametrize("name", sorted(named_cells))
def test_edges_pass_boxes_in_places_of_their_own(name):
    cell = named_cells.get(name).cell
    columns = cell_picture._columns(cell)
    depths = cell_picture._depths(cell)
    places = [place for column in columns for place in column]
    assert len(set(places)) == len(places)
    assert [place for place in places if isinstance(place, int)].count(0) == 1
    crossed = sum(
        depths[target] - depths[source] - 1 for source, target in cell_picture._edges(cell)
    )
    assert len(places) == cell.num_vertices + crossed


def test_cell_fills_its_picture(tmp_path):
    from PIL import Image, ImageChops

    plots.plot_cell(named_cells.get("best").cell, str(tmp_path / "cell.png"))
    image = Image.open(tmp_path / "cell.png").convert("RGB")
    left, top, right, bottom = ImageChops.difference(
        image, Image.new("RGB", image.size, "white")
    ).getbbox()
    assert (right - left) / image.width > 0.93
    assert (bottom - top) / image.height > 0.8
