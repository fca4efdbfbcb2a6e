r"""Write what is computed of the papers into the pages that show it.

The tables of published counts beside ours go into experiments/README.md, the judged claims into
docs/claims.md, every network under every template into docs/models.csv.

Everything is computed from the architectures, in a second or two; nothing is trained or measured.

  python experiments/published_counts.py           # writes the tables, says whether they changed
"""

import pathlib
import sys
from collections.abc import Sequence

from absl import flags

from nasbench_templates.cli import command, study_script
from nasbench_templates.papers import model_table, published, readme_tables
from nasbench_templates.papers.studies import claims, counts
from nasbench_templates.support import files

FOLDER = pathlib.Path(__file__).parents[1]
# Page -> its section and what makes the tables there.
PAGES = {
    "experiments/README.md": ("published_counts", counts.tables),
    "docs/claims.md": ("claims", claims.tables),
}
MODELS = "docs/models.csv"


def tables_text(page: str) -> str:
    """Returns the tables of a page's section, in Markdown."""
    _, tables = PAGES[page]
    return readme_tables.render(tables(published.printed()))


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines none: the script only refuses flags and tells its help."""


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Writes the sections; returns 0.

    Raises:
        ConfigError: an argument that is no flag.
    """
    del flag_values  # nothing is chosen
    study_script.refuse(arguments)
    for page, (section, _) in PAGES.items():
        has_changed = readme_tables.update(FOLDER / page, section, tables_text(page))
        print(f"{page}: {'written' if has_changed else 'was current'}")
    with files.replacing_text(FOLDER / MODELS) as file:
        file.write(model_table.csv_text())
    print(f"{MODELS}: written")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    given = sys.argv[1:] if argv is None else argv
    name = pathlib.Path(__file__).name
    return command.ending(
        name, lambda: study_script.status(name, __doc__, define_flags, run, given)
    )


if __name__ == "__main__":
    sys.exit(main())
