"""Sphinx extension: what the site shows that comes from the package, made when it is built.

A page names it in a comment, which stays invisible where the page is read as a file:

    <!-- site: commands -->                  every job and flag, from their definitions
    <!-- site: functions -->                 the package's public names, from their docstrings
    <!-- site: models -->                    docs/models.csv as tables
    <!-- site: include ../experiments/README.md -->   a page that stands elsewhere in the repository

Links that leave docs/ lead to the page that includes their target; where no page does, they become
plain text, as the site holds no sources.
"""

import os
import pathlib
import re

import command_pages
import function_pages
import model_pages
from sphinx.application import Sphinx

DOCS = pathlib.Path(__file__).parents[1]
ROOT = DOCS.parent
_COMMENT = re.compile(r"<!-- site: (\w+)(?: (\S+))? -->")
_INCLUDE = re.compile(r"<!-- site: include (\S+) -->")
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_MERMAID = re.compile(r"```mermaid\n.*?```", re.DOTALL)
_MAKERS = {
    "commands": command_pages.markdown,
    "functions": function_pages.markdown,
    "models": model_pages.markdown,
}


def setup(app: Sphinx) -> dict[str, object]:
    """Connects the extension."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True}


def _read(app: Sphinx, page: str, content: list[str]) -> None:
    del app
    folder = (DOCS / page).parent
    content[0] = finished(content[0], folder)


def finished(text: str, folder: pathlib.Path) -> str:
    """Returns a page's text with what its comments ask for.

    Args:
        text: as it is stored.
        folder: that the page is in.
    """
    text = with_links(text, folder, folder)

    def made(found: re.Match[str]) -> str:
        kind, name = found.groups()
        if kind != "include":
            return _MAKERS[kind]()
        path = (folder / name).resolve()
        included = _MERMAID.sub("![How the parts fit](parts.svg)", path.read_text("utf-8"))
        return with_links(included, path.parent, folder)

    return _COMMENT.sub(made, text)


def with_links(text: str, source: pathlib.Path, folder: pathlib.Path) -> str:
    """Returns a text whose relative links lead where the site has their targets.

    Args:
        text: Markdown.
        source: folder that its links are relative to.
        folder: folder of the page that shows it.
    """
    pages = {path.resolve(): page for page, path in _includes().items()}

    def link(found: re.Match[str]) -> str:
        image, label, target = found.groups()
        name, mark, anchor = target.partition("#")
        if "://" in target or not name:
            return found[0]
        if name.startswith("parts.svg"):
            return f"{image}[{label}]({os.path.relpath(DOCS / name, folder)})"
        path = (source / name).resolve()
        path = pages.get(path, path)
        if image or path.is_relative_to(DOCS):
            return f"{image}[{label}]({os.path.relpath(path, folder)}{mark}{anchor})"
        return label

    return _LINK.sub(link, text)


def _includes() -> dict[pathlib.Path, pathlib.Path]:
    """Returns page -> file that it includes."""
    return {
        page: (page.parent / name).resolve()
        for page in sorted(DOCS.rglob("*.md"))
        if "_build" not in page.parts
        for name in _INCLUDE.findall(page.read_text("utf-8"))
    }
