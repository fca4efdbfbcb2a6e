"""Tables inside a Markdown file, between two markers, written by a program and by nobody else."""

import pathlib
from collections.abc import Iterable

from nasbench_templates.report import result_tables
from nasbench_templates.report.result_tables import ResultTable
from nasbench_templates.support import files
from nasbench_templates.support.errors import DataError


def render(tables: Iterable[ResultTable], level: int = 3) -> str:
    """Returns tables with their titles as headings and their notes below.

    Args:
        tables: in their order.
        level: of the headings.
    """
    parts = []
    for table in tables:
        parts += [f"{'#' * level} {table.title}", result_tables.to_markdown(table)]
        if table.note:
            parts.append(table.note)
    return "\n\n".join(parts)


def with_section(text: str, name: str, content: str) -> str:
    """Returns a Markdown text with the content between the markers of a section replaced.

    Args:
        text: has `<!-- NAME:begin -->` and `<!-- NAME:end -->` once each, in this order.
        name: of the section.
        content: what stands between them afterwards.

    Raises:
        DataError: the markers are not there.
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, found, rest = text.partition(begin)
    _, also_found, after = rest.partition(end)
    if not (found and also_found):
        raise DataError(f"expected the markers {begin} and {end}, found no such section")
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"


def update(path: pathlib.Path, name: str, content: str) -> bool:
    """Writes a section of a Markdown file; returns whether the file changed.

    Raises:
        DataError: the markers are not there.
        OSError: the file cannot be read or written.
    """
    known = path.read_text("utf-8")
    text = with_section(known, name, content)
    if text == known:
        return False
    with files.replacing_text(path) as file:
        file.write(text)
    return True
