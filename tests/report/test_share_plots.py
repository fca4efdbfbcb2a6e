"""The heat map of shares."""

import pytest

from nasbench_templates.report import plots
from nasbench_templates.support.errors import ConfigError

GRIDS = {"learned": [[0.25, 0.75], [0.5, 0.5]], "pruned": [[0.0, 1.0], [0.5, 0.5]]}


def test_every_grid_and_share_is_drawn(tmp_path):
    plots.plot_shares(GRIDS, str(tmp_path / "shares.svg"))
    drawn = (tmp_path / "shares.svg").read_text("utf-8")
    # matplotlib notes each text beside its outlines.
    for text in ("learned", "pruned", "0.75", "1/2", "layer, from input to output"):
        assert f"<!-- {text} -->" in drawn
    assert drawn.count("<!-- 0.50 -->") == 4


def test_formats_that_cannot_be_written(tmp_path):
    with pytest.raises(ConfigError, match=r"expected a file name in .*svg"):
        plots.plot_shares(GRIDS, str(tmp_path / "shares.doc"))
