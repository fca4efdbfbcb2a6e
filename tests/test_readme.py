"""What the README shows is run: the Python always, the commands behind the marker `slow`."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands():
    return [
        line
        for block in blocks("sh")
        for line in block.splitlines()
        if "nasbench-templates" in line
    ]


def test_python_example_runs(capsys):
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("(8, ")


def test_every_command_is_found():
    assert len(commands()) == 7


@pytest.mark.slow
@pytest.mark.parametrize("command", commands())
def test_command_runs(command, tmp_path):
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        check=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("preset", sorted((ROOT / "experiments/presets").glob("*.flags")))
def test_presets_run(preset, tmp_path):
    job = re.search(r"nasbench-templates (\w+)", preset.read_text("utf-8")).group(1)
    subprocess.run(
        [sys.executable, "-m", "nasbench_templates", job, f"--flagfile={preset}"],
        cwd=tmp_path,
        check=True,
    )
