"""Every sentence of the papers that states a result, judged by their tables and our counts.

Each has its place, the printed figures that decide, ours where they can be computed, and a verdict:
holds, holds only relatively (percent of the base's accuracy, another unit, one of several counts),
contradicted by its own table, or not testable here. Nothing is trained.

  nasbench-templates study claims
  nasbench-templates study claims --format=json
  nasbench-templates study claims --output_dir=DIR
"""

import collections

from nasbench_templates.papers import claims as claim_lists
from nasbench_templates.papers import registered
from nasbench_templates.papers.claims.claim import PAPERS, VERDICTS, Claim, claims
from nasbench_templates.papers.claims.evidence import Evidence
from nasbench_templates.papers.published import Figures
from nasbench_templates.papers.registered import Computed
from nasbench_templates.report.result_tables import Column, ResultTable, Value
from nasbench_templates.support import registry

_COLUMNS = (
    Column("paper", "paper"),
    Column("place", "place"),
    Column("claim", "claim"),
    Column("printed", "printed evidence"),
    Column("ours", "ours"),
    Column("verdict", "verdict"),
    Column("remark", "remark"),
)


def tables(figures: Figures) -> list[ResultTable]:
    """Returns one table with a row for every claim, by paper."""
    registry.import_modules(claim_lists)
    ordered = sorted(claims, key=_position)
    rows = tuple(_row(each, figures) for each in ordered)
    counts = collections.Counter(row["verdict"] for row in rows)
    summary = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS)
    note = (
        f"{len(rows)} claims: {summary}. Printed evidence is computed from the printed figures, "
        "ours from our networks; accuracies are those of the papers. Differences of accuracies are "
        "in points."
    )
    return [ResultTable("Claims of the papers", _COLUMNS, rows, note=note)]


def _position(claim: Claim) -> tuple[int, int, str]:
    """Returns where a claim stands: by paper, the text before the tables."""
    parts = ("abstract", "section", "table")
    return (
        tuple(PAPERS).index(claim.paper),
        next(place for place, part in enumerate(parts) if claim.place.startswith(part)),
        claim.place,
    )


def _row(claim: Claim, figures: Figures) -> dict[str, Value]:
    finding = claim.judge(Evidence(figures, claim.paper))
    return {
        "paper": PAPERS[claim.paper],
        "place": claim.place,
        "claim": claim.sentence,
        "printed": finding.printed,
        "ours": finding.ours or None,
        "verdict": finding.verdict,
        "remark": finding.remark or None,
    }


registered.study("claims", __doc__, Computed(tables))
