"""The script of table 1."""

import pytest

from nasbench_templates.cli import command
from nasbench_templates.papers.studies import resources


def call(arguments):
    return command.run(["study", "resources", *arguments])


def test_all_24_networks_are_measured():
    assert len(resources.study_networks()) == 24


def test_dry_run_prints_the_networks(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call(["--dry_run", "--smoke"]) == 0
    assert "592,168" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_smoke_leaves_a_table_and_reads_back(tmp_path, capsys):
    assert call(["--smoke", f"--output_dir={tmp_path}"]) == 0
    first = (tmp_path / "results.csv").read_text("utf-8")
    assert call(["--smoke", f"--output_dir={tmp_path}"]) == 0
    assert (tmp_path / "results.csv").read_text("utf-8") == first
    assert "published inference ms" in capsys.readouterr().out
