"""What setup.py tells of the package, and what the index makes of the README."""

import pathlib
import runpy

import pytest

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture
def described(monkeypatch):
    """Returns what setup.py passes on, and its names."""
    given = {}
    monkeypatch.setattr("setuptools.setup", given.update)
    monkeypatch.chdir(ROOT)

    def read(is_core=False):
        monkeypatch.setenv("NASBENCH_TEMPLATES_CORE", str(int(is_core)))
        given.clear()
        return runpy.run_path(str(ROOT / "setup.py")), dict(given)

    return read


def requirements(given):
    return {line.partition(">")[0] for line in given["install_requires"]}


def test_core_lacks_training_and_nothing_else(described):
    _, whole = described()
    _, core = described(is_core=True)
    assert (whole["name"], core["name"]) == ("nasbench_templates", "nasbench_templates_core")
    assert requirements(whole) - requirements(core) == {"keras", "tensorboardX", "tensorflow"}
    assert requirements(core) < requirements(whole)
    assert whole["version"] == core["version"]


def test_metadata_are_the_citations(described):
    _, given = described()
    assert given["author"] == "The nasbench_templates maintainers"
    assert "NAS-Bench-101" in given["keywords"]
    assert len(given["keywords"]) == 4
    assert {"tensorboard", "docs", "training"} <= set(given["extras_require"])


def test_the_index_shows_no_link_that_leads_nowhere(described):
    names, given = described()
    page = names["index_page"]
    text = "![f](pages/f.svg) [a](pages/a.md#b) [c](https://d.e) [g](#h)"
    assert page(text, None) == " a [c](https://d.e) [g](#h)"
    at = "https://example.org/r"
    assert page(text, at) == (
        f"![f]({at}/raw/main/pages/f.svg) [a]({at}/blob/main/pages/a.md#b) [c](https://d.e) [g](#h)"
    )
    assert "](docs/" not in given["long_description"]
