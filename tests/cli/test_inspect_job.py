"""The job `inspect` on few cells and on many, which take two ways to the same answers."""

import json
import subprocess
import sys

import numpy as np
import pytest

from nasbench_templates.__main__ import main
from nasbench_templates.space import enumeration

BAD = (
    "not json",
    "",
    '{"matrix": [[0, 0], [0, 0]], "ops": ["input", "output"]}',
    '{"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["input", "identity", "output"]}\r',
)


def _lines(count: int) -> list[str]:
    cells = enumeration.canonical_cells(7)
    chosen = np.random.default_rng(0).choice(len(cells), count, replace=False).tolist()
    lines = []
    for place in chosen:
        # The last order, so that the canonical one is another.
        cell = list(cells.cell(place).orders())[-1]
        lines.append(json.dumps({"matrix": cell.matrix, "ops": cell.ops}))
    return [*lines[:20], *BAD, *lines[20:]]


def _answers(capsys, path, lines, *flags) -> list[str]:
    path.write_text("\n".join(lines))
    assert main(("inspect", f"--input={path}", *flags)) == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    "flags", [(), ("--order=canonical",), ("--stack_filters=4,7", "--out_channels=3")]
)
def test_many_cells_get_the_answers_of_few(capsys, tmp_path, flags):
    lines = _lines(90)
    together = _answers(capsys, tmp_path / "all.jsonl", lines, *flags)
    assert len(together) == 90 + len(BAD) - 1
    apart = []
    for start in range(0, len(lines), 40):
        part = lines[start : start + 40]
        apart += _answers(capsys, tmp_path / "part.jsonl", part, *flags)
    assert together == apart


def test_canonical_order_gives_every_relabelling_one_answer(capsys, tmp_path):
    lines = [
        '{"matrix": [[0, 1, 1, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], '
        f'[0, 0, 0, 0, 0]], "ops": ["input", "{ops}", "output"]}}'
        for ops in (
            'conv3x3-bn-relu", "maxpool3x3", "maxpool3x3',
            'maxpool3x3", "maxpool3x3", "conv3x3-bn-relu',
        )
    ]
    given = [json.loads(each) for each in _answers(capsys, tmp_path / "x", lines)]
    assert given[0]["hash"] == given[1]["hash"]
    assert given[0]["macs"] > given[1]["macs"]
    assert [each["order_sensitive"] for each in given] == [True, True]
    first, second = _answers(capsys, tmp_path / "x", lines, "--order=canonical")
    assert first == second


def test_every_line_is_answered_as_it_comes():
    command = [sys.executable, "-m", "nasbench_templates", "inspect"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True) as process:
        for line in _lines(2)[:2]:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["valid"]
        rest, _ = process.communicate('{"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]}')
    assert json.loads(rest)["num_vertices"] == 2
    assert process.returncode == 0
