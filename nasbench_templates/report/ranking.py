"""How well scores of untrained networks order cells: rank correlations with recorded accuracies."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from nasbench_templates.report.cell_scores import CellScores
from nasbench_templates.report.rank_correlation import RankAgreement, rank_agreement

# Absolute Spearman coefficients over all 423,624 cells, networks of stem 128, one batch of 256.
# Source: SamsungLabs/zero-cost-nas; Abdelfattah et al., arXiv:2101.08134, table 2.
PUBLISHED_SPEARMAN: Mapping[str, float] = {
    "grad_norm": 0.198,
    "snip": 0.164,
    "grasp": 0.448,
    "fisher": 0.257,
    "synflow": 0.372,
    "jacob_cov": 0.378,
}


class ScoreRanking(NamedTuple):
    """One score beside the records.

    Attributes:
        score: name.
        agreement: of the cells with a finite score.
        left_out: cells whose score is not finite.
    """

    score: str
    agreement: RankAgreement
    left_out: int

    def to_row(self) -> dict[str, object]:
        """Returns the values of a table's row; what is not known is `None`."""
        spearman, kendall = self.agreement.spearman, self.agreement.kendall
        return {
            "score": self.score,
            "cells": self.agreement.count,
            "not_finite": self.left_out,
            "spearman": spearman.value,
            "spearman_low": spearman.low,
            "spearman_high": spearman.high,
            "kendall": kendall.value,
            "kendall_low": kendall.low,
            "kendall_high": kendall.high,
            "published_abs_spearman": PUBLISHED_SPEARMAN.get(self.score),
        }


def rank_scores(
    found: Sequence[CellScores],
    accuracies: Mapping[str, float],
    names: Sequence[str],
    *,
    num_resamples: int,
    seed: int,
    on_resample: Callable[[], object] | None = None,
) -> list[ScoreRanking]:
    """Returns how every score orders the cells.

    Args:
        found: scores of the cells.
        accuracies: of the records, by hash.
        names: of the scores.
        num_resamples: of the bootstrap over the cells; 0 for no intervals.
        seed: of its draws.
        on_resample: called after each resample.
    """
    rankings = []
    for name in names:
        pairs = [
            (value, accuracies[cell.module_hash])
            for cell in found
            if (value := cell.scores[name]) is not None
        ]
        agreement = rank_agreement(
            [pair[0] for pair in pairs],
            [pair[1] for pair in pairs],
            num_resamples=num_resamples,
            seed=seed,
            on_resample=on_resample,
        )
        rankings.append(ScoreRanking(name, agreement, len(found) - len(pairs)))
    return rankings
