"""What an installation holds: studies and presets work outside the clone."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that a wheel of the package unpacks to."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "setup.py", "--quiet", "build", f"--build-base={folder}/base",
               f"--build-lib={folder}/lib"]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder / "lib"


def run(installed, folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "nasbench_templates", *arguments],
        env={**os.environ, "PYTHONPATH": str(installed)}, cwd=folder, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_installation_is_what_is_tried(installed, tmp_path):
    code = "import nasbench_templates; print(nasbench_templates.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert pathlib.Path(found.strip()).is_relative_to(installed)


def test_study_of_widths_is_drawn_outside_the_clone(installed, tmp_path):
    run(installed, tmp_path, "study", "widths")
    written = (tmp_path / "results/widths-full/results.md").read_text("utf-8")
    assert "    nasbench-templates study widths\n" in written


def test_published_figures_and_presets_are_there(installed, tmp_path):
    assert "| vgg19 | c | 1.89 | 1,891,695 |" in run(installed, tmp_path, "study", "counts")
    assert "27,539,834" in run(installed, tmp_path, "match", "--preset=myth_table6_a")


@pytest.mark.slow
def test_smoke_run_of_a_study(installed, tmp_path, data_folder):
    run(installed, tmp_path, "study", "nasbench", "--scale=small", "--smoke",
        f"--data_dir=cifar10={data_folder}/cifar10_jpeg", "--output_dir=smoke")  # fmt: skip
    assert (tmp_path / "smoke/figure.svg").is_file()


@pytest.mark.slow
def test_run_of_a_preset(installed, tmp_path, data_folder):
    run(installed, tmp_path, "train", "--preset=mnist_cell", f"--data_dir={data_folder}",
        "--output_dir=run", "--smoke", "--epochs=1")  # fmt: skip
    assert (tmp_path / "run").is_dir()
