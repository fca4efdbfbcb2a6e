"""What the README and the documentation show is run, page by page, as a reader would.

A page's blocks of `sh` and `python` share one folder and run in their order: some read what those
before them wrote. `py` marks a fragment that cannot run by itself. The guides are notebooks, which
building the site executes (`test_site.py`).
"""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PRESETS = ROOT / "nasbench_templates/cli/presets"
README = ROOT / "README.md"
FOLDERS = (ROOT / "docs", ROOT / "docs/coming_from")
PAGES = [README, *(page for folder in FOLDERS for page in sorted(folder.glob("*.md")))]
# Installations are tried on a built wheel, `make` by whoever develops.
NOT_RUN = ("pip ", "NASBENCH_TEMPLATES_CORE=1 pip ", "make ", "git ", "python -m venv")
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(page):
    """Returns (language, text) of what a page has to run; of shell blocks what is not left out."""
    found = []
    for language, text in _BLOCK.findall(page.read_text("utf-8")):
        if language == "sh":
            lines = text.replace("\\\n", " ").splitlines()
            text = "\n".join(line for line in lines if line and not line.startswith(NOT_RUN))
        if text:
            found.append((language, text))
    return found


# Quick counterparts of the pages' Python are in tests/test_face.py.
def test_blocks_are_found():
    commands = [
        line
        for page in PAGES
        for language, text in blocks(page)
        if language == "sh"
        for line in text.splitlines()
    ]
    assert len(commands) > 25
    assert all("nasbench-templates" in line for line in commands), commands


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_page_runs(page, tmp_path, request):
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for language, text in blocks(page):
        if "DIR" in text:
            text = text.replace("DIR", str(request.getfixturevalue("data_folder")))
            text = re.sub(
                r"^(nasbench-templates (?:train|search) .*)$", r"\1 --smoke", text, flags=re.M
            )
        command = (
            [sys.executable, "-c", text]
            if language == "python"
            else ["bash", "-e", "-o", "pipefail", "-c", text]
        )
        done = subprocess.run(
            command, cwd=tmp_path, env={**os.environ, "PATH": path}, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


@pytest.mark.slow
@pytest.mark.parametrize("preset", sorted(PRESETS.glob("*.flags")), ids=lambda path: path.stem)
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
