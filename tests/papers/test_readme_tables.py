"""Sections of Markdown files that a program writes."""

import pytest

from nasbench_templates.papers import readme_tables
from nasbench_templates.support.errors import DataError

TEXT = "above\n<!-- x:begin -->\nold\n<!-- x:end -->\nbelow\n"


def test_only_the_section_changes(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(TEXT, "utf-8")
    assert readme_tables.update(path, "x", "new")
    assert path.read_text("utf-8") == ("above\n<!-- x:begin -->\n\nnew\n\n<!-- x:end -->\nbelow\n")
    assert not readme_tables.update(path, "x", "new")


def test_a_file_without_the_markers_is_refused():
    with pytest.raises(DataError, match="y:begin"):
        readme_tables.with_section(TEXT, "y", "new")
