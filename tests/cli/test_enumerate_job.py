import csv
import json

import pytest

from nasbench_templates.__main__ import main
from nasbench_templates.networks.cells import Cell

ARGV = ["enumerate", "--processes=1"]


def test_lines_follow_the_contract(capsys):
    assert main([*ARGV, "--max_vertices=4"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 91
    assert rows[0] == {
        "hash": "043721b9c7fe8c5fad811d47d83132ec",
        "matrix": [[0, 1], [0, 0]],
        "ops": ["input", "output"],
    }
    assert all(list(row) == ["hash", "matrix", "ops"] for row in rows)
    for row in rows:
        assert Cell.parse(row["matrix"], row["ops"]).hash() == row["hash"]


def test_csv(capsys):
    main([*ARGV, "--max_vertices=3", "--format=csv"])
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert rows[4] == {
        "hash": "d32d0b26d534203b48d866facd98cc3e",
        "matrix": "011;001;000",
        "ops": "input|conv3x3-bn-relu|output",
    }


def test_table_of_counts(capsys):
    main([*ARGV, "--max_vertices=5", "--format=table"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].split() == [
        "5",
        "0",
        "0",
        "0",
        "27",
        "225",
        "622",
        "811",
        "558",
        "198",
        "2,441",
    ]
    assert lines[-1].split()[-1] == "2,532"


def test_output_goes_to_a_file(capsys, tmp_path):
    file = tmp_path / "cells.jsonl"
    assert main([*ARGV, "--max_vertices=4", f"--output={file}"]) == 0
    assert capsys.readouterr().out == ""
    assert file.read_text().count("\n") == 91
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--max_vertices=8", "max_vertices"),
        ("--format=xml", "format"),
        ("--output=", "expected a file for --output"),
        ("--output=/proc", "expected a file to write, found a folder"),
        ("extra", "expected flags only"),
    ],
)
def test_wrong_usage(capsys, flag, message):
    assert main([*ARGV, flag]) == 2
    assert message in capsys.readouterr().err
