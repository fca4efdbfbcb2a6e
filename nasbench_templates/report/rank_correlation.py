"""How alike two measurements order the same things: rank correlations with their uncertainty.

    agreement = rank_agreement([0.91, 0.93, 0.94], [0.88, 0.92, 0.91], num_resamples=2000, seed=0)
    agreement.spearman.value  # 0.5

Ties are counted as ties: Spearman's coefficient takes mean ranks, Kendall's is tau-b. Intervals
come from the percentile bootstrap, which draws the things (here: cells) with replacement. It draws
as `scipy.stats.bootstrap` does, but for few things some draws are all of one kind and have no
coefficient: SciPy then gives no interval, here they are left out and counted.

Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3; M. Kendall,
Rank Correlation Methods, chapter 3, for tau-b.
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

# Two things are always in perfect order, one way or the other.
LEAST_COUNT = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Correlation:
    """One coefficient.

    Attributes:
        value: -1..1; `None` below `LEAST_COUNT` things, or where one side is constant.
        low: lower end of the interval; `None` without a value or without resamples.
        high: upper end.
    """

    value: float | None
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, object]:
        """Returns value and interval."""
        return {
            "value": self.value,
            "interval": None if self.low is None else [self.low, self.high],
        }


@dataclasses.dataclass(frozen=True, slots=True)
class RankAgreement:
    """Two coefficients over the same things.

    Attributes:
        count: things that both sides measured.
        spearman: Spearman's rho.
        kendall: Kendall's tau-b.
        level: of the intervals, for example 0.95.
        num_resamples: resamples that have a coefficient; in the others one side is constant.
    """

    count: int
    spearman: Correlation
    kendall: Correlation
    level: float
    num_resamples: int


def rank_agreement(
    first: Sequence[float],
    second: Sequence[float],
    *,
    num_resamples: int,
    seed: int,
    level: float = 0.95,
    on_resample: Callable[[], object] | None = None,
) -> RankAgreement:
    """Returns the rank correlations of paired values.

    Args:
        first: one value for each thing.
        second: as many, in the same order.
        num_resamples: of the bootstrap; 0 for no intervals.
        seed: of the draws, at least 0.
        level: share of the resamples that an interval holds, between 0 and 1.
        on_resample: called after each resample.

    Raises:
        ValueError: the two differ in length.
    """
    pairs = np.array(list(zip(first, second, strict=True)), dtype=np.float64).reshape(-1, 2)
    values = _coefficients(pairs) if len(pairs) >= LEAST_COUNT else None
    if values is None:
        return RankAgreement(len(pairs), Correlation(None), Correlation(None), level, 0)
    draws = np.random.default_rng(seed)
    resampled = []
    for _ in range(num_resamples):
        found = _coefficients(pairs[draws.integers(len(pairs), size=len(pairs))])
        if found is not None:
            resampled.append(found)
        if on_resample is not None:
            on_resample()
    columns = zip(*resampled, strict=True) if resampled else (None, None)
    spearman, kendall = (
        Correlation(value, *_interval(column, level))
        for value, column in zip(values, columns, strict=True)
    )
    return RankAgreement(len(pairs), spearman, kendall, level, len(resampled))


def _coefficients(pairs: np.ndarray) -> tuple[float, float] | None:
    """Returns rho and tau-b; `None` where one side is constant, which has no order."""
    from scipy import stats

    if (np.ptp(pairs, axis=0) == 0).any():
        return None
    first, second = pairs.T
    rho, tau = stats.spearmanr(first, second), stats.kendalltau(first, second)
    return float(rho.statistic), float(tau.statistic)


def _interval(
    values: Sequence[float] | None, level: float
) -> tuple[float, float] | tuple[None, None]:
    if values is None:
        return None, None
    tail = (1 - level) / 2
    low, high = np.quantile(values, (tail, 1 - tail))
    return float(low), float(high)
