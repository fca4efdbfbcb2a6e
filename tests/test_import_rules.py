"""Who may import whom and how long modules may be, read from the sources."""

import ast
import functools
import graphlib
import pathlib
import subprocess
import sys

import pytest

import nasbench_templates
from nasbench_templates.cli import command

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
    "optuna",
    "filelock",
    "platformdirs",
}

# From the top floor down: a room imports only rooms below its own, in functions too.
ROOMS = (
    "cli", "papers", "distribution_search", "report", "sweeps", "space", "benchmark_records",
    "execution", "runs", "measure", "training", "data", "keras_io", "design", "distributions",
    "networks", "graph", "support",
)  # fmt: skip
# These may import Keras at the top; everything else is usable without it.
NEEDS_KERAS = {"keras_io", "training"}
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


@functools.cache
def package_imports():
    """Every module of the package -> those that it imports, in functions and for typing too."""
    paths = {".".join(("nasbench_templates", *path.relative_to(ROOT).with_suffix("").parts)): path
             for path in modules(".")}  # fmt: skip
    names = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    found = {}
    for name, path in names.items():
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            for each in imported:
                module = each if each in names else each.rpartition(".")[0]
                if module in names:
                    found[name].add(module)
    return found


def room(module):
    return module.split(".")[1] if "." in module else ""


def test_no_import_circles_also_not_through_functions():
    try:
        graphlib.TopologicalSorter(package_imports()).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"modules import each other: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize("name", ROOMS)
def test_rooms_import_only_rooms_below(name):
    below = {name, *ROOMS[ROOMS.index(name) + 1 :]}
    wrong = {
        f"{module} imports {each}"
        for module, imported in package_imports().items()
        if room(module) == name
        for each in imported
        if room(each) not in below
    }
    assert not wrong


def test_every_folder_has_its_floor():
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders == set(ROOMS)


@pytest.mark.parametrize("folder", ROOMS)
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
        if room(f"nasbench_templates.{path.relative_to(ROOT).parts[0]}") != "cli":
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
    from nasbench_templates.networks.architecture import architectures

    assert {"vgg19", "resnet50", "nasbench101", "mnasnet_b1"} <= set(architectures.names())
    assert architectures.names("mobilenet*") == ("mobilenet_v1", "mobilenet_v2")
