"""Who may import whom and how long modules may be, read from the sources."""

import ast
import pathlib
import subprocess
import sys

import pytest

import nasbench_templates
from nasbench_templates.jobs import command

ROOT = pathlib.Path(nasbench_templates.__file__).parent
HEAVY = {
    "tensorflow",
    "keras",
    "jax",
    "pandas",
    "matplotlib",
    "pyarrow",
    "sklearn",
    "PIL",
    "librosa",
    "soundfile",
    "soxr",
    "scipy",
    "plotly",
}

# Folder -> folders and modules of the package that it may import at the top of a file.
ALLOWED = {
    "arch": {"arch", "errors", "registry"},
    "templates": {"templates", "errors", "registry"},
    "models": {"models", "arch", "errors"},
    "audio": {"audio", "errors", "results"},
    "data": {"data", "audio", "errors", "registry", "results"},
    "training": {"training", "models", "data", "arch", "errors", "registry", "results"},
    "results": {"results", "errors"},
    "benchmark": {"benchmark", "arch", "errors", "results"},
    "space": {"space", "arch", "templates", "planning", "results", "errors"},
    "profiling": {"profiling", "arch", "planning", "errors"},
    "analysis": {"analysis", "arch", "errors", "registry", "results"},
    "reporting": {"reporting", "analysis", "results", "errors"},
    "studies": {
        "studies", "analysis", "arch", "data", "finished_run", "planning", "profiling",
        "provenance", "results", "training", "training_run", "errors",
    },
}  # fmt: skip
# These may import Keras at the top; everything else is usable without it.
NEEDS_KERAS = {"models", "training"}
PURE_TRAINING = {
    "config.py", "recipes.py", "schedules.py", "checkpoints.py", "devices.py", "metrics.py",
    "run_state.py", "streams.py", "event_logs.py",
}  # fmt: skip


def modules(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def top_level_imports(path):
    """Imports that run when the module is imported: not those in functions or for typing."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module in ("nasbench_templates", "absl"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("folder", ALLOWED)
def test_folders_import_only_what_they_may(folder):
    for path in modules(folder):
        for name in top_level_imports(path):
            root, *rest = name.split(".")
            if root == "nasbench_templates":
                assert rest, f"{path} imports the package itself"
                assert rest[0] in ALLOWED[folder], f"{path} imports {name}"


@pytest.mark.parametrize("folder", [*sorted(ALLOWED), "jobs"])
def test_heavy_libraries_are_imported_late(folder):
    for path in modules(folder):
        if folder in NEEDS_KERAS and path.name not in PURE_TRAINING:
            continue
        heavy = HEAVY & {name.split(".")[0] for name in top_level_imports(path)}
        assert not heavy, f"{path} imports {heavy}"


def test_modules_stay_short():
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in ROOT.rglob("*.py")}
    assert {path for path, length in lengths.items() if length >= 400} == set()


def test_flags_are_defined_in_jobs_only():
    for path in ROOT.rglob("*.py"):
        if path.parent.name != "jobs":
            assert "absl.flags" not in set(top_level_imports(path)), path


@pytest.mark.parametrize("job", command.job_names())
def test_help_and_matching_load_no_heavy_library(job):
    code = (
        "import sys; from nasbench_templates.__main__ import main; "
        f"assert main([{job!r}, '--help']) == 0; "
        "assert main(['match', '--model=vgg19']) == 0; "
        f"heavy = {HEAVY | {'numpy'} if job == 'match' else HEAVY!r} & set(sys.modules); "
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_registries_know_every_module():
    from nasbench_templates.arch.architecture import architectures

    assert {"vgg19", "resnet50", "nasbench101", "mnasnet_b1"} <= set(architectures.names())
    assert architectures.names("mobilenet*") == ("mobilenet_v1", "mobilenet_v2")
