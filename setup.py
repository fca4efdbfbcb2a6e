"""Packaging of nasbench_templates; tool settings are in pyproject.toml."""

import pathlib
import re

import setuptools

ROOT = pathlib.Path(__file__).parent
VERSION = re.search(
    r'^__version__ = "(.+)"$',
    (ROOT / "nasbench_templates/support/version.py").read_text("utf-8"),
    re.M,
).group(1)
# Samplers, pruners and a journal of trials that a killed search goes on from.
SEARCH = ["optuna>=4.0"]
AUDIO = ["librosa>=0.10.2", "soundfile>=0.12.1", "soxr>=0.3.7"]

setuptools.setup(
    name="nasbench_templates",
    version=VERSION,
    description="NAS-Bench-101 cells and image classifiers under filter distribution templates",
    long_description=(ROOT / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10,<3.14",
    packages=setuptools.find_packages(include=["nasbench_templates", "nasbench_templates.*"]),
    package_data={
        "nasbench_templates": ["py.typed"],
        "nasbench_templates.cli": ["presets/*.flags"],
        "nasbench_templates.papers": ["printed/*.json"],
    },
    install_requires=[
        "absl-py>=2.0",
        # Locks that a killed process gives back, also on Windows; 3.30 can refuse the soft ones.
        "filelock>=3.30",
        "google-crc32c>=1.5",
        "jsonschema>=4.18",
        "keras>=3.5",
        "matplotlib>=3.7",
        "numpy>=1.26",
        "pandas>=2.0",
        "pillow>=10.1",
        # Where each system keeps caches.
        "platformdirs>=4.0",
        # The resident memory of worker processes, on every system.
        "psutil>=5.9",
        "pyarrow>=14.0",
        "pyyaml>=6.0",
        # The live table of a sweep.
        "rich>=13.0",
        "scikit-learn>=1.3",
        "scipy>=1.11",
        "tabulate>=0.9",
        "tensorboardX>=2.6",
        "tensorflow>=2.16",
        "tomli>=2.0; python_version < '3.11'",
        "tqdm>=4.60",
    ],
    extras_require={
        # Decoding (libsndfile), resampling (libsoxr) and the front end; with numba about 250 MB.
        "audio": AUDIO,
        # The peer of benchmarks/throughput.py and what it needs.
        "bench": ["nasbench-pytorch>=1.3", "torch>=2.0"],
        # Many machines: Ray's scheduler, retries and resources; its dashboard is not needed.
        "cluster": ["ray>=2.9"],
        "dev": [
            *AUDIO,
            "hypothesis>=6.90",
            "mypy>=1.11",
            "jax>=0.4.30",
            *SEARCH,
            "plotly>=5.20",
            "pytest>=8.0",
            "pytest-xdist>=3.5",
            "ruff>=0.6",
        ],
        # The site of `make docs`. MkDocs has had no release since August 2024; Sphinx has one
        # every few months, and MyST-NB keeps executed guides as Markdown.
        "docs": [
            "ipykernel>=6.29",
            "myst-nb>=1.2",
            "plotly>=5.20",
            "pydata-sphinx-theme>=0.15",
            "sphinx>=8.0",
            "sphinx-copybutton>=0.5",
        ],
        "gpu": ["tensorflow[and-cuda]>=2.16"],
        "jax": ["jax>=0.4.30"],
        "jax-gpu": ["jax[cuda12]>=0.4.30"],
        # A local store of MLflow, without its server's web interface.
        "trackers": ["mlflow-skinny>=2.10", "sqlalchemy>=2.0", "alembic>=1.10"],
        # The interactive plots of the HTML report, with their JavaScript in the page.
        "report": ["plotly>=5.20"],
        "search": SEARCH,
    },
    entry_points={"console_scripts": ["nasbench-templates = nasbench_templates.__main__:main"]},
)
