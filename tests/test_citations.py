"""What docstrings and pages cite is there: pages, their sections, and links between them."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
SOURCES = [
    path
    for folder in ("nasbench_templates", "experiments", "third_party", "benchmarks", "tests")
    for kind in ("*.py", "*.json")
    for path in (ROOT / folder).rglob(kind)
    if "results" not in path.parts
]
INCLUDED = re.compile(r"<!-- site: include (\S+) -->")
PAGES = [
    ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in page.parts),
    ROOT / "experiments/README.md", ROOT / "experiments/results/README.md",
    ROOT / "benchmarks/README.md", ROOT / "third_party/nasbench/README.md",
]  # fmt: skip
CITED = re.compile(r"docs/(\w+\.md)(?:,\s+(?:# )?sections? (\d+)(?:,? (?:and|to) (\d+))?)?")


def citations():
    """Returns (source, page, section) of everything that is cited; no section: the page."""
    found = set()
    for path in SOURCES:
        for page, *sections in CITED.findall(path.read_text("utf-8")):
            where = str(path.relative_to(ROOT))
            found |= {(where, page, section) for section in sections if section}
            found.add((where, page, ""))
    return sorted(found)


@pytest.mark.parametrize(("source", "page", "section"), citations())
def test_cited_page_and_section_exist(source, page, section):
    path = ROOT / "docs" / page
    assert path.is_file(), source
    assert not section or re.search(rf"^## {section}\. ", path.read_text("utf-8"), re.M), source


def test_enough_is_cited():
    assert len(citations()) > 50


def test_no_source_cites_a_specification_that_is_not_here():
    topics = "template|NAS-Bench-101|audio|filter size"
    pattern = re.compile(rf"specification, (?:# )?section|(?:{topics}) specification", re.I)
    own = {pathlib.Path(__file__), ROOT / "tests/golden/nasbench_cells.json"}
    wrong = [
        path for path in SOURCES if path not in own and pattern.search(path.read_text("utf-8"))
    ]
    assert not wrong


def anchors(path):
    text = path.read_text("utf-8")
    # The site's pages that show another file have its headings.
    text += "".join((path.parent / name).read_text("utf-8") for name in INCLUDED.findall(text))
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    text = page.read_text("utf-8")
    for name in INCLUDED.findall(text):
        assert (page.parent / name).is_file(), name
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target
