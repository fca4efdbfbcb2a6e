"""The script that runs the original's tests, on test files written here."""

import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "third_party" / "nasbench" / "run_upstream_tests.py"
PASSES = """
import unittest
import nasbench
from nasbench.lib import graph_util

class GraphTest(unittest.TestCase):
    def test_it_is_ours(self):
        self.assertTrue(nasbench.NASBENCH_TEMPLATES_VERSION)
        self.assertEqual(graph_util.gen_is_edge_fn(1)(0, 1), 1)
"""
FAILS = (
    PASSES
    + """
    def test_that_fails(self):
        self.assertEqual(1, 2)
"""
)
KNOWN = """
import unittest

class ModelBuilderTest(unittest.TestCase):
    def test_covariance_matrix_against_numpy(self):
        raise NotImplementedError
"""


def run(folder, **contents):
    tests = folder / "nasbench" / "tests"
    tests.mkdir(parents=True)
    # A package of the same name beside the tests must not be taken for ours.
    (folder / "nasbench" / "__init__.py").write_text("raise RuntimeError('the original')")
    for name, content in contents.items():
        (tests / f"{name}.py").write_text(content)
    command = [sys.executable, SCRIPT, f"--upstream={folder}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_passes_and_what_is_known(tmp_path):
    done = run(
        tmp_path, graph_util_test=PASSES, model_builder_test=KNOWN, run_evaluation_test="import no"
    )
    assert done.stdout.splitlines() == [
        "passed  graph_util_test.test_it_is_ours",
        "known   model_builder_test.test_covariance_matrix_against_numpy: "
        "a TensorFlow 1 graph of auxiliary metrics, not here",
        "known   run_evaluation_test.run_evaluation_test: "
        "the scripts that generated the benchmark are not here",
        "1 passed, 0 failed that should not",
    ]
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (FAILS, "FAILED  graph_util_test.test_that_fails: AssertionError: 1 != 2"),
        ("import no", "FAILED  graph_util_test.graph_util_test: ModuleNotFoundError: No module"),
        ("import os; os._exit(3)", "FAILED  graph_util_test.graph_util_test: ended without a word"),
    ],
)
def test_what_fails(tmp_path, content, line):
    done = run(tmp_path, graph_util_test=content)
    assert line in done.stdout
    assert done.returncode == 1


def test_no_checkout(tmp_path):
    done = subprocess.run(
        [sys.executable, SCRIPT, f"--upstream={tmp_path}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "expected the original's tests" in done.stdout
