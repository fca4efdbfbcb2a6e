"""What tables for people show of networks under templates, whichever job prints them."""

from collections.abc import Iterable, Sequence

from nasbench_templates.cli import output
from nasbench_templates.design.design import Design
from nasbench_templates.graph import cost
from nasbench_templates.support import tables

MACS_OF_BASE = "MACs % of base"
# What a narrow terminal does without first; JSON and CSV have all.
LEAST_IMPORTANT = ("activations", "published MFLOPs", "train. params", "peak", "params % of base")


def row(design: Design, designs: Sequence[Design]) -> dict[str, str]:
    """Returns the columns that every table of matched networks has.

    Args:
        design: of the row.
        designs: of all rows, which decide what gaps are in.
    """
    counts, base = design.cost, design.base_cost
    return {
        "template": design.template_title,
        "filters": tables.short_list(design.filters),
        "peak": str(design.peak),
        "MMACs": f"{counts.macs / 1e6:.2f}",
        MACS_OF_BASE: f"{design.macs_percent_of_base:.1f}",
        **gap_columns(design, designs),
        "params": f"{counts.params:,}",
        "params % of base": f"{100 * counts.params / base.params:.1f}" if base.params else "-",
    }


def gap_columns(design: Design, designs: Sequence[Design]) -> dict[str, str]:
    """Returns a column for each quantity that gaps of the rows are in."""
    quantities = [each.gap_quantity for each in designs]
    return gaps(f"{100 * design.gap:+.2f}", design.gap_quantity, quantities)


def gaps(text: str, quantity: str, quantities: Iterable[str]) -> dict[str, str]:
    """Returns the columns of a row's gap, given as text, among those of all rows' quantities."""
    return {
        f"gap {cost.quantity_title(each)} %": text if each == quantity else "-"
        for each in dict.fromkeys(quantities)
    }


def gap(design: Design) -> str:
    """Returns a gap for a line of text, with what it is in: `gap MACs -0.12 %`."""
    return f"gap {cost.quantity_title(design.gap_quantity)} {100 * design.gap:+.2f} %"


def print_plan(form: str, designs: Sequence[Design]) -> None:
    """Prints what is known of matched networks before anything is built, as `--format` asks."""
    if form == "table":
        rows = [row(design, designs) for design in designs]
        print(output.render_table(rows, least_important=LEAST_IMPORTANT))
        return
    records = [design.to_json() for design in designs]
    print(output.render_json(records) if form == "json" else output.render_csv(records))
