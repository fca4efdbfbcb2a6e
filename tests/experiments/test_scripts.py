"""The scripts of the studies: each names one, and keeps its own name in what it writes."""

import pathlib
import subprocess
import sys

import pytest

import nasbench_templates
from nasbench_templates.cli import study_script

FOLDER = pathlib.Path(nasbench_templates.__file__).parents[1] / "experiments"
SCRIPTS = {
    "filter_size_tables": "filter_sizes",
    "myth_table1_resources": "resources",
    "myth_table2_3_accuracy": "accuracy",
    "myth_table4_imagenet": "imagenet",
    "myth_table5_audio": "audio",
    "myth_table6_nasbench": "nasbench",
    "redistribution_curves": "curves",
    "redistribution_table1_3": "redistribution",
    "widths_figure": "widths",
}


def test_every_script_is_known():
    assert {path.stem for path in FOLDER.glob("*.py")} == {*SCRIPTS, "published_counts"}


@pytest.mark.parametrize(("script", "name"), SCRIPTS.items())
def test_help_of_a_script_tells_its_own_commands(script, name, capsys):
    assert study_script.script_status(str(FOLDER / f"{script}.py"), name, ["--help"]) == 0
    printed = capsys.readouterr().out
    assert f"python experiments/{script}.py" in printed
    assert f"results/{script}" in printed
    assert "nasbench-templates study" not in printed


def test_script_is_the_study_that_it_names(tmp_path):
    for script, name in SCRIPTS.items():
        text = (FOLDER / f"{script}.py").read_text("utf-8")
        assert f'script_status(__file__, "{name}")' in text
    done = subprocess.run(
        [sys.executable, FOLDER / "widths_figure.py", "--output_dir=widths"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "widths/results.md").read_text("utf-8")
    assert "    python experiments/widths_figure.py --output_dir=DIR" in written


def test_wrong_usage_of_a_script_is_one_line(capsys):
    assert study_script.script_status("experiments/widths_figure.py", "widths", ["extra"]) == 2
    assert capsys.readouterr().err == (
        "widths_figure: error: expected flags only, received 'extra'\n"
    )
