"""How runs are carried out in this call: devices, limits, what is written; no part of any run."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nasbench_templates.training import checkpoints

if TYPE_CHECKING:
    from nasbench_templates.training.distribution import Distribution


@dataclass(frozen=True, slots=True)
class Context:
    """What all runs of a call share.

    Attributes:
        device: as `devices.select` takes it.
        max_train_seconds: of the whole call, after which the run under way is saved; `None`: none.
        checkpoint_interval_s: least number of seconds between two checkpoints.
        has_event_logs: whether epochs are also written for TensorBoard.
        is_held_refused: whether a run that another process trains is an error; else it is waited
            for when the other runs are done.
        distribution: devices that share each batch; `None`: one.
    """

    device: str = "auto"
    max_train_seconds: float | None = None
    checkpoint_interval_s: float = checkpoints.INTERVAL_S
    has_event_logs: bool = False
    is_held_refused: bool = False
    distribution: "Distribution | None" = field(default=None, compare=False)

    @property
    def is_writer(self) -> bool:
        """Whether this process writes the runs' files; of several machines only one does."""
        return self.distribution is None or self.distribution.is_chief

    @property
    def time_limit_reason(self) -> str | None:
        """The reason of a run that the limit stopped; `None` without a limit."""
        limit = self.max_train_seconds
        return None if limit is None else f"max_train_seconds={limit:g} reached"
