"""Learning rates as functions of the step; plain arithmetic, no Keras.

>>> [round(cosine(0.1, step, 4), 4) for step in range(5)]
[0.1, 0.0854, 0.05, 0.0146, 0.0]
"""

import math
from collections.abc import Callable

Schedule = Callable[[float, int, int], float]


def cosine(base: float, step: int, total: int) -> float:
    """Returns `0.5 * base * (1 + cos(pi * step / total))`: from `base` to 0 without warm-up.

    Args:
        base: rate of step 0.
        step: counted from 0.
        total: steps of the whole run, at least 1.

    Source: NAS-Bench-101 specification, section 8 (`COSINE_BY_STEP`).
    """
    return 0.5 * base * (1.0 + math.cos(math.pi * step / total))


def constant(base: float, step: int, total: int) -> float:
    """Returns `base` at every step."""
    return base


SCHEDULES: dict[str, Schedule] = {"cosine": cosine, "constant": constant}


def learning_rate(
    name: str, base: float, step: int, total: int, *, zero_first_step: bool = False
) -> float:
    """Returns the rate of one step.

    Args:
        name: key of `SCHEDULES`.
        base: the schedule's base rate.
        step: counted from 0 over the whole run.
        total: steps of the whole run, at least 1.
        zero_first_step: whether step 0 has rate 0 and moves only batch-norm statistics, as in the
            original NAS-Bench-101.
    """
    return 0.0 if zero_first_step and step == 0 else SCHEDULES[name](base, step, total)
