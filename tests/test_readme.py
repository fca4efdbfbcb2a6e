"""What the README shows is run: the Python always, the commands behind the marker `slow`."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PRESETS = ROOT / "nasbench_templates/cli/presets"
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


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_python_example_runs(number, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(blocks("python")[number], "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert shown.startswith("Design(resnet20 b") or shown.strip().isdecimal()


def test_face_is_shown_in_six_lines():
    face, _ = blocks("python")
    assert len([line for line in face.splitlines() if line]) <= 6


def test_every_command_is_found():
    assert len(commands()) == 17


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all commands: some read what those before them wrote."""
    return tmp_path_factory.mktemp("readme")


@pytest.mark.slow
@pytest.mark.parametrize("command", commands())
def test_command_runs(command, folder, request):
    if "DIR" in command:
        command = command.replace("DIR", str(request.getfixturevalue("data_folder")))
        command += " --smoke" if " train " in command else ""
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.replace("=experiments/", f"={ROOT}/experiments/")],
        cwd=folder,
        env={**os.environ, "PATH": path},
        check=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "preset", sorted((ROOT / "nasbench_templates/cli/presets").glob("*.flags"))
)
def test_presets_run(preset, tmp_path, request):
    job = re.search(rf"nasbench-templates (\w+) --preset={preset.stem}", preset.read_text("utf-8"))
    flags, job = [f"--preset={preset.stem}"], job.group(1)
    if job == "train":
        data = request.getfixturevalue("data_folder")
        flags += [f"--data_dir={data}", "--output_dir=run", "--smoke", "--epochs=1"]
    subprocess.run(
        [sys.executable, "-m", "nasbench_templates", job, *flags],
        cwd=tmp_path,
        check=True,
    )
