"""What a judged sentence is, and the registry of all of them.

A claim is a function that looks its evidence up and returns what it found; nothing in it is copied
from a table, so a corrected reading of a scan or a changed count changes the verdict.

    @claim("myth", "section 5", "uses only 29% of the original parameters")
    def vgg_d_on_imagenet(evidence: Evidence) -> Finding:
        share = evidence.percent_of_base("4", "vgg19", "d")
        return Finding.of(says("29", share), f"{share:.2f} %")
"""

import dataclasses
from collections.abc import Callable

from nasbench_templates.papers.claims.evidence import Evidence

HOLDS = "holds"
RELATIVE = "holds only relatively"
CONTRADICTED = "contradicted by its own table"
NOT_TESTABLE = "not testable here"
VERDICTS = (HOLDS, RELATIVE, CONTRADICTED, NOT_TESTABLE)
# Why a sentence about the drafts' curves cannot be judged.
LOST_FIGURE = "the curves are in figures that no numbers are printed of; study curves draws them"
PAPERS = {
    "myth": "The Myth of the Pyramid",
    "myth_poster": "The Myth of the Pyramid, poster",
    "redistribution_draft1": "Filter redistribution templates, first version",
    "redistribution_draft2": "Filter redistribution templates, second version",
    "filter_size": "Networks without Pooling or Fixed Filter Sizes",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What the evidence says of a claim.

    Attributes:
        verdict: one of `VERDICTS`.
        printed: the printed figures that decide.
        ours: the same computed from our networks; empty where nothing can be computed.
        remark: how the sentence must be read; may be empty.
    """

    verdict: str
    printed: str
    ours: str = ""
    remark: str = ""

    @classmethod
    def of(cls, is_so: bool, printed: str, ours: str = "", remark: str = "") -> "Finding":
        """Returns a finding of a sentence that either holds or is contradicted."""
        return cls(HOLDS if is_so else CONTRADICTED, printed, ours, remark)


@dataclasses.dataclass(frozen=True, slots=True)
class Claim:
    """One sentence that states a result.

    Attributes:
        paper: key of `PAPERS`.
        place: where the sentence stands.
        sentence: the words that claim it.
        judge: looks the evidence up.
    """

    paper: str
    place: str
    sentence: str
    judge: Callable[[Evidence], Finding]


claims: list[Claim] = []


def claim(
    paper: str, place: str, sentence: str
) -> Callable[[Callable[[Evidence], Finding]], Callable[[Evidence], Finding]]:
    """Returns a decorator that adds a claim."""

    def add(judge: Callable[[Evidence], Finding]) -> Callable[[Evidence], Finding]:
        claims.append(Claim(paper, place, sentence, judge))
        return judge

    return add
