"""Studies that only compute: their tables are printed, with their figures written to a folder."""

from collections.abc import Sequence

from absl import flags

from nasbench_templates.cli import output, study_command
from nasbench_templates.papers import outputs, published
from nasbench_templates.papers.registered import Computed, Study
from nasbench_templates.report import result_tables
from nasbench_templates.report.result_tables import ResultTable
from nasbench_templates.runs import provenance
from nasbench_templates.support import files


def define_flags(flag_values: flags.FlagValues, study: Study[Computed]) -> None:
    """Defines the flags of a study that computes; its scales are all the same."""
    study_command.define_output_flags(flag_values, study.name)
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, study: Study[Computed], line: str) -> int:
    """Writes pictures and tables, or prints the tables; returns 0.

    Args:
        flag_values: from `define_flags`.
        study: one that computes.
        line: the command, for the results.
    """
    tables = study.work.tables(published.printed())
    is_printed = study.work.draw is None and flag_values.output_dir is None
    if flag_values.dry_run or is_printed:
        print(_rendered(tables, flag_values.format))
        return 0
    folder = study_command.output_folder(flag_values, study.name)
    files.check_writable(folder)
    if study.work.draw is not None:
        print(*study.work.draw(folder), sep="\n")
    about = {"study": study.name, "command": line, "scale": flag_values.scale, "reductions": []}
    main, *more = tables
    outputs.write(folder, main, {**about, "versions": provenance.versions()}, *more)
    print(folder / "results.md")
    return 0


def _rendered(tables: Sequence[ResultTable], form: str) -> str:
    if form == "json":
        # Of several tables each row says which it is of.
        return output.render_json([
            {"title": table.title, **row} if len(tables) > 1 else row
            for table in tables
            for row in table.rows
        ])  # fmt: skip
    if form == "csv":
        return "\n".join(map(result_tables.to_csv, tables)).rstrip("\n")
    if len(tables) == 1:
        return "\n\n".join(filter(None, (result_tables.to_markdown(tables[0]), tables[0].note)))
    return "\n\n".join(map(result_tables.to_markdown, tables))
