"""The papers' figures as files."""

import pytest

from nasbench_templates.report.study_plots import Panel, Point, plot_panels, plot_width_panels
from nasbench_templates.support.errors import ConfigError


def test_panels_name_their_series_and_axes(tmp_path):
    points = [Point(1.0, 90.0, 89.0, 91.0), Point(2.0, 92.0, 92.0, 92.0)]
    panel = Panel("vgg19, digits", "parameters", "accuracy", {"base": points, "uniform": points},
                  crossing=(1.0, 90.0), is_line=True)  # fmt: skip
    path = tmp_path / "figure.svg"
    plot_panels([panel] * 5, [str(path), str(tmp_path / "figure.png")])
    text = path.read_text("utf-8")
    assert all(f"<!-- {word} -->" in text for word in ("vgg19, digits", "uniform", "parameters"))
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_width_panels_have_one_line_for_each_template(tmp_path):
    path = tmp_path / "widths.svg"
    plot_width_panels({"vgg19": {"base": (64, 128), "b": (90, 90)}}, [str(path)])
    text = path.read_text("utf-8")
    assert "<!-- vgg19 -->" in text
    assert "<!-- b -->" in text


def test_nothing_to_draw_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="at least one panel"):
        plot_panels([], [str(tmp_path / "x.svg")])
