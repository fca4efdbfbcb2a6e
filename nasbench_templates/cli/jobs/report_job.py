"""Show results as one page, or as tables for a paper.

--results is any folder with runs of train and evaluate or with studies, at any depth. The page
holds everything itself (no network is needed to read it): tables that sort, interactive plots,
where every run comes from (versions, device, seed, checksum of the data) and CSV to save. Markdown
and LaTeX tables have the best value of each column in bold; LaTeX needs the package booktabs and
has notes as comments below the tables.

Try:
  nasbench-templates report --results=results --output=report.html
  nasbench-templates report --results=results/evaluate --format=markdown
  nasbench-templates report --results=results --output=tables.tex
"""

import pathlib
import textwrap
from collections.abc import Sequence

from absl import flags

from nasbench_templates.cli import output
from nasbench_templates.cli.flags import path_flags
from nasbench_templates.report import collection, page, page_plots, result_tables
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError

_HTML, _MARKDOWN, _LATEX = FORMATS = ("html", "markdown", "latex")


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    flags.DEFINE_string(
        "results", None, "folder with runs or studies, at any depth", flag_values=flag_values
    )
    flags.DEFINE_string(
        "output", None, "file to write; Markdown and LaTeX go to standard output without it",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_enum("format", _HTML, list(FORMATS), "form of the report", flag_values=flag_values)
    flags.DEFINE_string("title", "Results", "title of the page", flag_values=flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Writes or prints the report; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    if not flag_values.results:
        raise ConfigError("expected a folder with results, --results=..., received none")
    (results,) = path_flags.existing_paths("results", [flag_values.results])
    form = output.form(flag_values)
    is_printed = form != _HTML and flag_values.output is None
    path = None if is_printed else path_flags.output_file(flag_values)
    if form == _HTML:
        page_plots.check_library()
    found = collection.collect(pathlib.Path(results))
    text = page.render(found, flag_values.title) if form == _HTML else _tables(found, form)
    if path is None:
        print(text, end="")
        return 0
    with files.replacing_text(path) as file:
        file.write(text)
    print(path)
    return 0


def _tables(found: collection.Collection, form: str) -> str:
    parts = []
    for table in found.tables:
        if form == _MARKDOWN:
            parts += [f"## {table.title}", result_tables.to_markdown(table)]
            parts += [table.note] if table.note else []
        else:
            parts += [_comment(table.title), result_tables.to_latex(table)]
            parts += [_comment(table.note)] if table.note else []
    return "\n\n".join(parts) + "\n"


def _comment(text: str) -> str:
    return textwrap.fill(text, 98, initial_indent="% ", subsequent_indent="% ")
