"""Mean, deviation and paired comparison of repeated runs.

Two networks that were trained with the same seeds are compared seed by seed. The interval is
Student's t on the differences: it assumes that they scatter normally, which three runs cannot show,
and it is that of one comparison, not corrected for how many a table holds.

>>> round(paired_difference((0.90, 0.91, 0.92), (0.92, 0.93, 0.95)).mean, 4)
0.0233
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nasbench_templates.report.result_tables import Column, Value
from nasbench_templates.support.errors import ConfigError

CONFIDENCE = 0.95
# Below this many values a standard deviation is not reported.
FEWEST_FOR_STD = 3
# Below this many pairs an interval is shown, and nothing is claimed.
FEWEST_FOR_VERDICT = 3
# Differences that scatter by less than this part of themselves differ by rounding only.
_ROUNDING = 1e-9
_NOTE = (
    "To {base}: mean of the differences seed by seed with Student's t interval, not corrected for "
    "the number of comparisons. Verdict: open where the interval holds 0, below three seeds, and "
    "where all differences are equal, as the interval then says nothing."
)
# Of the rows that hold a `difference_row`.
COLUMNS = (
    Column("difference", "to base", 2),
    Column("difference_low", "95 % from", 2),
    Column("difference_high", "to", 2),
    Column("verdict", "verdict"),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """Repeated values of one quantity.

    Attributes:
        count: how many there are.
        mean: `None` without any.
        std: sample standard deviation; `None` below three values.
    """

    count: int
    mean: float | None
    std: float | None


def summarise(values: Sequence[float]) -> Summary:
    """Returns count, mean and sample standard deviation."""
    return Summary(
        count=len(values),
        mean=statistics.fmean(values) if values else None,
        std=statistics.stdev(values) if len(values) >= FEWEST_FOR_STD else None,
    )


def mean_of(results: Iterable[Mapping[str, float | None]], key: str) -> float | None:
    """Returns the mean of one figure over the results that have it; `None` without any."""
    known = (result.get(key) for result in results)
    return summarise([value for value in known if value is not None]).mean


def mean_time(results: Sequence[Mapping[str, Any]], key: str) -> float | None:
    """Returns the mean of a measured time; `None` without any, or where devices differ."""
    timed = [result for result in results if result.get(key) is not None]
    is_one_device = len({result.get("device") for result in timed}) == 1
    return mean_of(timed, key) if is_one_device else None


def devices_of(results: Sequence[Mapping[str, Any]]) -> str:
    """Returns the devices that results come from, each once."""
    return "; ".join(sorted({str(result["device"]) for result in results if "device" in result}))


def latency_columns(rows: Sequence[Mapping[str, Value]]) -> tuple[Column, ...]:
    """Returns the column of `latency_ms`; on several devices none is best, and they are named.

    Args:
        rows: with the keys `latency_ms`, `seeds` and `device`.
    """
    title = "ms, batch 1"
    if len({row["device"] for row in rows if row["device"]}) > 1:
        return Column("latency_ms", title, 2), Column("device", "device")
    return (Column("latency_ms", title, 2, best=min, repeats="seeds"),)


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """How much higher one of two networks scores, over seeds that both were trained with.

    Attributes:
        count: number of pairs, at least 2.
        mean: of the differences.
        low: lower end of the confidence interval.
        high: upper end.
        confidence: its level, in (0, 1).
    """

    count: int
    mean: float
    low: float
    high: float
    confidence: float

    @property
    def verdict(self) -> str:
        """`higher` or `lower` where at least three pairs give an interval without 0, else `open`.

        Equal differences give an interval of no width, which a few seeds on few images reach by
        chance: that is `open` too.
        """
        is_without_width = self.high - self.low <= _ROUNDING * abs(self.mean)
        if self.count < FEWEST_FOR_VERDICT or is_without_width:
            return "open"
        if self.low > 0:
            return "higher"
        return "lower" if self.high < 0 else "open"


def paired_difference(
    base: Sequence[float], other: Sequence[float], confidence: float = CONFIDENCE
) -> PairedDifference | None:
    """Returns `other - base` with its confidence interval; `None` below two pairs.

    Args:
        base: one value for each seed.
        other: the values of the same seeds, in the same order.
        confidence: level of the interval, in (0, 1).

    Raises:
        ConfigError: different numbers of values, or a level outside (0, 1).
    """
    if len(base) != len(other):
        raise ConfigError(f"expected as many values as the base's {len(base)}, found {len(other)}")
    if not 0 < confidence < 1:
        raise ConfigError(f"expected a confidence in (0, 1), received {confidence}")
    if len(base) < 2:
        return None
    from scipy import stats

    differences = [second - first for first, second in zip(base, other, strict=True)]
    mean = statistics.fmean(differences)
    # Of the standard t, then scaled: SciPy has no interval around equal values, whose error is 0.
    low, high = stats.t.interval(confidence, len(differences) - 1)
    error = stats.sem(differences)
    return PairedDifference(
        len(differences), mean, float(mean + low * error), float(mean + high * error), confidence
    )


def note(base: str = "base") -> str:
    """Returns what must be known beside `COLUMNS`; `base` is what is compared with."""
    return _NOTE.format(base=base)


def difference_row(
    base: Mapping[int, float] | None, other: Mapping[int, float]
) -> dict[str, Value]:
    """Returns the values of `COLUMNS`, each `None` below two seeds that both have.

    Args:
        base: scores by seed; `None` where there is nothing to compare with.
        other: likewise.
    """
    base = base or {}
    shared = sorted(base.keys() & other.keys())
    found = paired_difference([base[seed] for seed in shared], [other[seed] for seed in shared])
    values = (None,) * 4 if found is None else (found.mean, found.low, found.high, found.verdict)
    return {column.key: value for column, value in zip(COLUMNS, values, strict=True)}
