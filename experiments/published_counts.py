r"""Write the tables of published parameter counts beside ours into experiments/README.md.

Everything is computed from the architectures, in a second or two; nothing is trained or measured.

  python experiments/published_counts.py           # writes the tables, says whether they changed
"""

import pathlib
import sys
from collections.abc import Sequence

from absl import flags

from nasbench_templates.cli import study_command
from nasbench_templates.papers import count_tables, published, readme_tables

FOLDER = pathlib.Path(__file__).parent
SECTION = "published_counts"


def tables_text() -> str:
    """Returns the tables of the README's section, in Markdown."""
    figures = published.load_folder(FOLDER / "published")
    return readme_tables.render(count_tables.params_tables(figures))


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines none: the script only refuses flags and tells its help."""


def run(flag_values: flags.FlagValues, line: str) -> int:
    """Writes the section; returns 0."""
    del flag_values, line  # nothing is chosen, and the README names the command
    path = FOLDER / "README.md"
    has_changed = readme_tables.update(path, SECTION, tables_text())
    print(f"{path.name}: {'written' if has_changed else 'was current'}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    return study_command.script_status(__file__, __doc__, define_flags, run, argv)


if __name__ == "__main__":
    sys.exit(main())
