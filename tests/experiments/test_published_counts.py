"""The pages with tables that are computed."""

import published_counts
import pytest

from nasbench_templates.papers import model_table, readme_tables


@pytest.mark.parametrize("page", published_counts.PAGES)
def test_tables_of_the_pages_are_current(page):
    text = (published_counts.FOLDER / page).read_text("utf-8")
    section, _ = published_counts.PAGES[page]
    current = readme_tables.with_section(text, section, published_counts.tables_text(page))
    assert text == current, "run python experiments/published_counts.py"


def test_table_of_models_is_current():
    text = (published_counts.FOLDER / published_counts.MODELS).read_text("utf-8")
    assert text == model_table.csv_text(), "run python experiments/published_counts.py"


@pytest.mark.parametrize(("argument", "status"), [("--help", 0), ("--unknown", 2), ("extra", 2)])
def test_help_and_wrong_usage_write_nothing(tmp_path, monkeypatch, capsys, argument, status):
    (tmp_path / "experiments").mkdir()
    path = tmp_path / "experiments/README.md"
    path.write_text("as it was", "utf-8")
    monkeypatch.setattr(published_counts, "FOLDER", tmp_path)
    monkeypatch.setattr(published_counts, "tables_text", lambda page: "new")
    assert published_counts.main([argument]) == status
    assert path.read_text("utf-8") == "as it was"
    assert bool(capsys.readouterr().err) == bool(status)
