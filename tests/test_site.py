"""The site is built without a warning, executes its guides, and needs no network to be read."""

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
GUIDES = sorted(path.stem for path in (ROOT / "docs/guides").glob("*.md") if path.stem != "index")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("myst_nb", reason="the extra docs is not installed")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", ROOT / "docs", folder],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("guide", GUIDES)
def test_guide_shows_what_its_cells_printed(site, guide):
    page = (site / f"guides/{guide}.html").read_text("utf-8")
    assert page.count("cell_input") >= 3
    assert page.count("cell_output") >= 3


@pytest.mark.slow
def test_nothing_is_fetched_from_elsewhere(site):
    loaded = re.compile(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(?:https?:)?//", re.I)
    wrong = [path.name for path in site.rglob("*.html") if loaded.search(path.read_text("utf-8"))]
    assert not wrong
    fonts = [path.name for path in site.rglob("*.css") if "@import url(http" in path.read_text()]
    assert not fonts


@pytest.mark.slow
def test_reference_has_every_job_and_name(site):
    import nasbench_templates as nt
    from nasbench_templates.cli import command

    commands = (site / "commands.html").read_text("utf-8")
    assert all(f'id="{name.replace("_", "-")}"' in commands for name in command.job_names())
    functions = (site / "api.html").read_text("utf-8")
    assert all(name in functions for name in nt.__all__ if name[0] != "_")
