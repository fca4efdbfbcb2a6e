"""The script of table 1."""

import json
import types

import pytest

from nasbench_templates.cli import command
from nasbench_templates.papers import resource_study
from nasbench_templates.papers.studies import draft_resources, resources


def call(arguments):
    return command.run(["study", "resources", *arguments])


def test_all_24_networks_are_measured():
    assert len(resources.study_networks()) == 24


def test_dry_run_prints_the_networks(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call(["--dry_run", "--smoke"]) == 0
    assert "613,750" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_all_20_networks_of_the_drafts_are_measured():
    assert len(draft_resources.study_networks()) == 20


def test_a_batch_is_measured_beside_both_versions(tmp_path, monkeypatch, capsys):
    asked = []

    def measure(planned, repeats, *, batch_size, memory_batch_size):
        asked.append((repeats, batch_size, memory_batch_size))
        row = {
            "peak_memory_bytes": 2_000_000_000, "peak_memory_kind": "resident",
            "batch_latency_ms": 12.5, "latency_ms": 1.0,
        }  # fmt: skip
        return (types.SimpleNamespace(to_json=lambda base: row),)

    monkeypatch.setattr(resource_study.resources, "measure_resources", measure)
    arguments = ["--smoke", "--batch_size=16", f"--output_dir={tmp_path}"]
    assert command.run(["study", "draft_resources", *arguments]) == 0
    assert asked == [(30, 16, 16)] * 2
    (base, uniform) = json.loads((tmp_path / "results.json").read_text("utf-8"))["rows"]
    assert (base["first_gb"], base["second_gb"], base["measured_gb"]) == ("2.9", "2.5", 2.0)
    assert (uniform["first_time"], uniform["second_time"]) == ("560.1", "4.3")
    assert uniform["measured_ms"] == 12.5
    assert "a batch, median" in capsys.readouterr().out


@pytest.mark.slow
def test_smoke_leaves_a_table_and_reads_back(tmp_path, capsys):
    assert call(["--smoke", f"--output_dir={tmp_path}"]) == 0
    first = (tmp_path / "results.csv").read_text("utf-8")
    assert call(["--smoke", f"--output_dir={tmp_path}"]) == 0
    assert (tmp_path / "results.csv").read_text("utf-8") == first
    assert "published inference ms" in capsys.readouterr().out
