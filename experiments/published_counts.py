r"""Write the tables of published parameter counts beside ours into experiments/README.md.

Everything is computed from the architectures, in a second or two; nothing is trained or measured.

  python experiments/published_counts.py           # writes the tables, says whether they changed
"""

import pathlib
import sys
from collections.abc import Sequence

from absl import flags

from nasbench_templates.cli import command, study_script
from nasbench_templates.papers import published, readme_tables
from nasbench_templates.papers.studies import counts

FOLDER = pathlib.Path(__file__).parent
SECTION = "published_counts"


def tables_text() -> str:
    """Returns the tables of the README's section, in Markdown."""
    return readme_tables.render(counts.tables(published.printed()))


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines none: the script only refuses flags and tells its help."""


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Writes the section; returns 0.

    Raises:
        ConfigError: an argument that is no flag.
    """
    del flag_values  # nothing is chosen
    study_script.refuse(arguments)
    path = FOLDER / "README.md"
    has_changed = readme_tables.update(path, SECTION, tables_text())
    print(f"{path.name}: {'written' if has_changed else 'was current'}")
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
