"""The job `report`."""

import re
import sys

import pytest
import result_folders

from nasbench_templates.cli import command


def report(*arguments):
    return command.run(["report", *map(str, arguments)])


def test_markdown_has_the_best_of_each_column_in_bold(tmp_path, capsys):
    result_folders.write_runs(tmp_path)
    assert report(f"--results={tmp_path}", "--format=markdown") == 0
    printed = capsys.readouterr().out
    assert "**81.00 ± 10.00**" in printed
    assert "**1,891,695**" in printed
    assert "higher" in printed


def test_latex_is_a_booktabs_table(tmp_path):
    result_folders.write_runs(tmp_path / "results")
    path = tmp_path / "tables.tex"
    assert report(f"--results={tmp_path}/results", "--format=latex", f"--output={path}") == 0
    text = path.read_text("utf-8")
    assert r"\textbf{81.00 $\pm$ 10.00}" in text
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == 2


def test_latex_has_notes_as_comments(tmp_path, capsys):
    result_folders.write_study(tmp_path / "study")
    assert report(f"--results={tmp_path}", "--format=latex") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "% study/results.json. Scale small. small scale" in lines
    assert any("python tiny.py" in line for line in lines)


def test_page_needs_no_network_and_holds_tables_plots_and_csv(tmp_path, capsys):
    pytest.importorskip("plotly")
    result_folders.write_runs(tmp_path / "results")
    result_folders.write_study(tmp_path / "results/study")
    path = tmp_path / "report.html"
    assert report(f"--results={tmp_path}/results", f"--output={path}") == 0
    assert capsys.readouterr().out.strip() == str(path)
    text = path.read_text("utf-8")
    assert not re.search(r"<(?:script|link|img)[^>]*(?:src|href)=.http", text)
    assert text.count("Plotly.newPlot(") >= 2
    assert "Tiny &lt;study&gt;" in text
    assert "embedded &lt;digits&gt;" in text
    assert text.count('download="table') == 4
    assert "ab" * 32 in text


def test_without_plotly_the_page_is_refused_and_markdown_is_not(tmp_path, monkeypatch, capsys):
    result_folders.write_runs(tmp_path / "results")
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    assert report(f"--results={tmp_path}/results", f"--output={tmp_path}/r.html") == 2
    assert "nasbench_templates[report]" in capsys.readouterr().err
    assert not (tmp_path / "r.html").exists()
    assert report(f"--results={tmp_path}/results", "--format=markdown") == 0


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "--results"),
        (["--results=.", "extra"], 2, "expected flags only"),
        (["--results=.", "--format=pdf"], 2, "format"),
        (["--results=."], 2, "expected a file for --output"),
        (["--results=nowhere", "--format=latex"], 2, "nowhere does not exist"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path, monkeypatch, capsys, arguments, status, words):
    monkeypatch.chdir(tmp_path)
    assert report(*arguments) == status
    message = capsys.readouterr().err
    assert words in message
    assert len(message.splitlines()) == 1
