"""Packaging of nasbench_templates; tool settings are in pyproject.toml.

With NASBENCH_TEMPLATES_CORE=1 the same modules become the distribution `nasbench_templates_core`,
which requires neither TensorFlow nor Keras: pip cannot leave a requirement out.

Who wrote it, its keywords and its address are read from CITATION.cff, so that they are said once.
The index shows the README without the repository around it: there relative links lead to the
address under `repository-code`, and as long as there is none they are plain text.
"""

import os
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
IS_CORE = os.environ.get("NASBENCH_TEMPLATES_CORE") == "1"
# What only building, training and measuring networks needs.
TRAINING = ["keras>=3.5", "tensorboardX>=2.6", "tensorflow>=2.16"]
AUDIO = ["librosa>=0.10.2", "soundfile>=0.12.1", "soxr>=0.3.7"]
CITATION = (ROOT / "CITATION.cff").read_text("utf-8").partition("references:")[0]


def cited(pattern: str) -> str | None:
    """Returns what the citation file says of the package; `None` if it does not."""
    found = re.search(pattern, CITATION, re.M)
    return found and found.group(1)


REPOSITORY = cited(r"^repository-code: (\S+)$")


def index_page(text: str, repository: str | None) -> str:
    """Returns Markdown whose relative links work away from the repository.

    Args:
        text: with links relative to its root.
        repository: its address; `None`: links become their texts, pictures go.
    """

    def link(found: re.Match[str]) -> str:
        image, label, target = found.groups()
        if "://" in target or target.startswith("#"):
            return found[0]
        if repository:
            return f"{image}[{label}]({repository}/{'raw' if image else 'blob'}/main/{target})"
        return "" if image else label

    return re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", link, text)


setuptools.setup(
    name="nasbench_templates_core" if IS_CORE else "nasbench_templates",
    version=VERSION,
    description="NAS-Bench-101 cells and image classifiers under filter distribution templates",
    long_description=index_page((ROOT / "README.md").read_text("utf-8"), REPOSITORY),
    long_description_content_type="text/markdown",
    author=cited(r"^authors:\n  - name: (.+)$"),
    keywords=re.findall(r"^  - (?!name:)(.+)$", CITATION.partition("keywords:")[2], re.M),
    url=REPOSITORY,
    project_urls={
        "NAS-Bench-101": "https://arxiv.org/abs/1902.09635",
        **(
            {
                "Changes": f"{REPOSITORY}/blob/main/CHANGELOG.md",
                "Documentation": f"{REPOSITORY}/tree/main/docs",
                "Source": REPOSITORY,
            }
            if REPOSITORY
            else {}
        ),
    },
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Science/Research",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
    license="Apache-2.0",
    license_files=["LICENSE"],
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
        "tomli>=2.0; python_version < '3.11'",
        "tqdm>=4.60",
        *([] if IS_CORE else TRAINING),
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
            "build>=1.2",
            "hypothesis>=6.90",
            "mypy>=1.11",
            "jax>=0.4.30",
            *SEARCH,
            "plotly>=5.20",
            "pytest>=8.0",
            "pytest-xdist>=3.5",
            "ruff>=0.6",
            "twine>=6.0",
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
        # Shows the logs/ of every run.
        "tensorboard": ["tensorboard>=2.16"],
        # Training for nasbench_templates_core.
        "training": TRAINING,
        # The interactive plots of the HTML report, with their JavaScript in the page.
        "report": ["plotly>=5.20"],
        "search": SEARCH,
    },
    entry_points={"console_scripts": ["nasbench-templates = nasbench_templates.__main__:main"]},
)
