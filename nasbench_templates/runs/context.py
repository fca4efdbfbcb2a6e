"""How runs are carried out in this call: devices, limits, what is written; no part of any run."""

import ctypes
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import checkpoints

if TYPE_CHECKING:
    from nasbench_templates.training.distribution import Distribution


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What each attempt at a run may take, and how often a run is tried.

    Attributes:
        seconds: from when a process is given the run, building and evaluation included; `None`: any
            number.
        memory_bytes: resident memory of the process; `None`: any amount.
        retries: further attempts at a run that fails, each from its last checkpoint; at least 0.
    """

    seconds: float | None = None
    memory_bytes: int | None = None
    retries: int = 0

    def __post_init__(self) -> None:
        for name in ("seconds", "memory_bytes"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ConfigError(f"expected a limit of {name} above 0, received {value}")
        if self.retries < 0:
            raise ConfigError(f"expected retries >= 0, received {self.retries}")


@dataclass(frozen=True, slots=True)
class Context:
    """What all runs of a call share.

    Attributes:
        device: as `devices.select` takes it.
        max_train_seconds: of the whole call, after which the runs under way are saved; `None`:
            none.
        checkpoint_interval_s: least number of seconds between two checkpoints.
        has_event_logs: whether epochs are also written for TensorBoard.
        is_held_refused: whether a run that another process trains is an error; else it is waited
            for when the other runs are done.
        limits: of each run; only processes of their own can be held to time and memory.
        is_failure_contained: whether what is wrong with one run's data or settings fails that run
            alone; else it ends all.
        distribution: devices that share each batch; `None`: one.
        begun_at: when the call began to train, in seconds of `time.monotonic`; 0: not yet. The
            processes of a machine share it, so that those started later get what is left.
    """

    device: str = "auto"
    max_train_seconds: float | None = None
    checkpoint_interval_s: float = checkpoints.INTERVAL_S
    has_event_logs: bool = False
    is_held_refused: bool = False
    limits: RunLimits = RunLimits()
    is_failure_contained: bool = False
    distribution: "Distribution | None" = field(default=None, compare=False)
    begun_at: ctypes.c_double = field(default_factory=ctypes.c_double, compare=False)

    @property
    def is_writer(self) -> bool:
        """Whether this process writes the runs' files; of several machines only one does."""
        return self.distribution is None or self.distribution.is_chief

    def begin(self) -> None:
        """Says that training begins; the first time counts."""
        if not self.begun_at.value:
            self.begun_at.value = time.monotonic()

    @property
    def is_time_over(self) -> bool:
        """Whether the call has trained as long as it may."""
        limit, begun = self.max_train_seconds, self.begun_at.value
        return limit is not None and bool(begun) and time.monotonic() - begun >= limit

    @property
    def time_limit_reason(self) -> str | None:
        """The reason of a run that the limit stopped; `None` without a limit."""
        limit = self.max_train_seconds
        return None if limit is None else f"max_train_seconds={limit:g} reached"
