"""The tables in the README of `experiments/`."""

import published_counts

from nasbench_templates.studies import readme_tables


def test_tables_of_the_readme_are_current():
    text = (published_counts.FOLDER / "README.md").read_text("utf-8")
    current = readme_tables.with_section(
        text, published_counts.SECTION, published_counts.tables_text()
    )
    assert text == current, "run python experiments/published_counts.py"
