"""Runs the original's own unit tests against this distribution, as they are.

    git clone https://github.com/google-research/nasbench DIR
    python third_party/nasbench/run_upstream_tests.py --upstream=DIR

Nothing of the original is imported but the test files; what they import as `nasbench` is ours. They
take their base class from TensorFlow. A test that fails for a reason that is known and wanted is
listed with it; any other failure makes the exit status 1.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

OURS = pathlib.Path(__file__).resolve().parent
FILES = ("graph_util_test", "model_spec_test", "model_builder_test", "run_evaluation_test")
# What is not here, by test or by file.
KNOWN = {
    "test_covariance_matrix_against_numpy": "a TensorFlow 1 graph of auxiliary metrics, not here",
    "run_evaluation_test": "the scripts that generated the benchmark are not here",
}
# Run in a process of its own: one of the files switches TensorFlow to version 1's behaviour.
RUN = """
import importlib.util, json, sys, unittest
spec = importlib.util.spec_from_file_location(sys.argv[1], sys.argv[2])
module = importlib.util.module_from_spec(spec)
sys.modules[sys.argv[1]] = module
try:
    spec.loader.exec_module(module)
except Exception as error:
    print(json.dumps({sys.argv[1]: f"{type(error).__name__}: {error}"}))
    sys.exit()
suite = unittest.defaultTestLoader.loadTestsFromModule(module)
result = unittest.TestResult()
names = []
def collect(part):
    for each in part:
        collect(each) if isinstance(each, unittest.TestSuite) else names.append(each)
collect(suite)
suite.run(result)
faults = {case.id(): text for case, text in result.errors + result.failures}
skipped = {case.id() for case, _ in result.skipped}
print(json.dumps({
    case.id().rpartition(".")[2]: faults.get(case.id(), "").strip().splitlines()[-1:]
    for case in names if case.id() not in skipped
}))
"""


def run_file(path: pathlib.Path) -> dict[str, str]:
    """Returns what is wrong with each test of a file, an empty text for nothing."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(OURS), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, path.stem, str(path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return {path.stem: (done.stderr.strip().splitlines() or ["ended without a word"])[-1]}
    found = json.loads(done.stdout.splitlines()[-1])
    return {name: "".join(reason) for name, reason in found.items()}


def main() -> int:
    """Runs and prints; returns 0 if nothing fails but what is known to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upstream", type=pathlib.Path, required=True, help="a checkout")
    folder = parser.parse_args().upstream / "nasbench" / "tests"
    paths = [folder / f"{name}.py" for name in FILES if (folder / f"{name}.py").is_file()]
    if not paths:
        print(f"expected the original's tests in {folder}, found none of {', '.join(FILES)}")
        return 2
    passed, unexpected = 0, 0
    for path in paths:
        for name, reason in run_file(path).items():
            if not reason:
                passed += 1
                print(f"passed  {path.stem}.{name}")
                continue
            known = KNOWN.get(name)
            unexpected += known is None
            print(f"{'known ' if known else 'FAILED'}  {path.stem}.{name}: {known or reason}")
    print(f"{passed} passed, {unexpected} failed that should not")
    return int(unexpected > 0)


if __name__ == "__main__":
    sys.exit(main())
