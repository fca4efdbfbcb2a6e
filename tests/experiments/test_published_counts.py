"""The tables in the README of `experiments/`."""

import published_counts
import pytest

from nasbench_templates.papers import readme_tables


def test_tables_of_the_readme_are_current():
    text = (published_counts.FOLDER / "README.md").read_text("utf-8")
    current = readme_tables.with_section(
        text, published_counts.SECTION, published_counts.tables_text()
    )
    assert text == current, "run python experiments/published_counts.py"


@pytest.mark.parametrize(("argument", "status"), [("--help", 0), ("--unknown", 2), ("extra", 2)])
def test_help_and_wrong_usage_write_nothing(tmp_path, monkeypatch, capsys, argument, status):
    (tmp_path / "README.md").write_text("as it was", "utf-8")
    monkeypatch.setattr(published_counts, "FOLDER", tmp_path)
    monkeypatch.setattr(published_counts, "tables_text", lambda: "new")
    assert published_counts.main([argument]) == status
    assert (tmp_path / "README.md").read_text("utf-8") == "as it was"
    assert bool(capsys.readouterr().err) == bool(status)
