"""The citation file says what the package says."""

import pathlib

import nasbench_templates

ROOT = pathlib.Path(__file__).parents[1]


def test_version_is_the_packages():
    lines = (ROOT / "CITATION.cff").read_text("utf-8").splitlines()
    assert f"version: {nasbench_templates.__version__}" in lines
