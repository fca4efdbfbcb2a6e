"""Paired differences of several networks to one base, with intervals that hold for all at once.

Holm's step-down method: the difference that is least likely by chance is held against the level
divided by the number of comparisons, the next against the level divided by one less, and so on;
from the first that fails on, all are open. An interval has the level that its difference was held
against, so it leaves 0 out exactly where the verdict is not open.

Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
Statistics 6 (1979).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from nasbench_templates.report import paired
from nasbench_templates.report.paired import PairedDifference
from nasbench_templates.report.result_tables import Value

Name = TypeVar("Name", bound=Hashable)
NOTE = (
    "To base: mean of the differences seed by seed with Student's t interval, corrected for all "
    "comparisons with one base by Holm's method: all intervals hold at once at 95 %. Verdict: open "
    "where the interval holds 0 and below three seeds."
)


@dataclass(frozen=True, slots=True)
class Corrected:
    """One of several differences to one base.

    Attributes:
        difference: with the interval of its corrected level.
        verdict: `higher`, `lower` or `open`.
    """

    difference: PairedDifference
    verdict: str

    def to_row(self) -> dict[str, Value]:
        """Returns the values of `paired.COLUMNS`."""
        found = self.difference
        values: tuple[Value, ...] = (found.mean, found.low, found.high, self.verdict)
        return {column.key: value for column, value in zip(paired.COLUMNS, values, strict=True)}


def differences(
    pairs: Mapping[Name, tuple[Sequence[float], Sequence[float]]],
    confidence: float = paired.CONFIDENCE,
) -> dict[Name, Corrected]:
    """Returns the differences of several networks to one base; those below two pairs are left out.

    Args:
        pairs: scores of the base and of the network with the same seeds, by network.
        confidence: with which all intervals hold at once, in (0, 1).
    """
    from scipy import stats

    chances = {}
    for name, (base, other) in pairs.items():
        if len(base) >= 2:
            is_constant = len({round(o - b, 12) for b, o in zip(base, other, strict=True)}) == 1
            chances[name] = 1.0 if is_constant else float(stats.ttest_rel(other, base).pvalue)
    found: dict[Name, Corrected] = {}
    level, has_failed = 0.0, False
    for rank, name in enumerate(sorted(chances, key=chances.__getitem__)):
        if not has_failed:
            level = (1 - confidence) / (len(chances) - rank)
        difference = paired.paired_difference(*pairs[name], confidence=1 - level)
        if difference is None:
            continue  # never: all have two pairs
        has_failed = has_failed or difference.verdict == "open"
        found[name] = Corrected(difference, "open" if has_failed else difference.verdict)
    return found
