"""Runs through Ray: its scheduler, retries and resources, on one machine or a cluster.

    engine.carry_out(tasks, context, make_engine=ray_engine.maker(RayOptions(address="auto")))

Every machine sees the runs' folders under the same path and has this package. What Ray does is not
done here: a task that dies with its process or raises `AttemptError` is started again by Ray.
"""

import contextlib
import dataclasses
import faulthandler
import functools
import importlib.util
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from absl import logging

from nasbench_templates.execution import processes
from nasbench_templates.execution.engine import MakeEngine
from nasbench_templates.runs import events
from nasbench_templates.runs.context import Context
from nasbench_templates.runs.events import AttemptFailed, OnEvent, Outcome
from nasbench_templates.runs.loop import RunLoop, StopReason
from nasbench_templates.runs.task import Task
from nasbench_templates.support import registry
from nasbench_templates.support.errors import ConfigError, TrainingError, describe
from nasbench_templates.training import devices

_LOOK_SECONDS = 0.5
# What a run depends on besides its specification; a cluster's machines need not have it set.
_HANDED_ON = ("KERAS_BACKEND", "NASBENCH_TEMPLATES_DATA", registry.IMPORT_VARIABLE)


class AttemptError(TrainingError):
    """An attempt at a run failed; Ray may start another."""


@dataclass(frozen=True, slots=True)
class RayOptions:
    """Where runs go and what each is given.

    Attributes:
        address: of a cluster, as `ray.init` takes it; `None`: that of `RAY_ADDRESS`, else a Ray of
            this command alone.
        num_cpus: of each run; its process has as many threads, at least one.
        num_gpus: of each run, also a fraction of one.
    """

    address: str | None = None
    num_cpus: float = 1
    num_gpus: float = 0

    def __post_init__(self) -> None:
        if not self.num_cpus > 0 or not self.num_gpus >= 0:
            raise ConfigError(
                "expected a run to have CPUs above 0 and GPUs of at least 0, received "
                f"{self.num_cpus} and {self.num_gpus}"
            )

    def environment(self) -> dict[str, str]:
        """Returns the variables of a run's process."""
        threads = str(max(1, int(self.num_cpus)))
        # Ray itself sets only OMP_NUM_THREADS.
        found = dict.fromkeys(processes.THREAD_VARIABLES, threads)
        found |= {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
        if 0 < self.num_gpus < 1:
            # Both libraries otherwise take the whole card.
            found["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
            found["XLA_PYTHON_CLIENT_MEM_FRACTION"] = f"{0.9 * self.num_gpus:.3f}"
        return found


def check_library() -> None:
    """Checks that Ray is installed.

    Raises:
        ConfigError: it is not.
    """
    if importlib.util.find_spec("ray") is None:
        raise ConfigError(
            "--engine=ray needs Ray, which is not installed; try: pip install "
            "'nasbench_templates[cluster]'"
        )


def maker(options: RayOptions) -> MakeEngine:
    """Returns what makes this engine for `engine.carry_out`.

    Raises:
        ConfigError: Ray is not installed.
    """
    check_library()
    return functools.partial(RayEngine, options)


class RayEngine:
    """Carries out each run as a task of Ray.

    Args:
        options: where, and with what.
        context: what the runs share; its limit of memory is what Ray reserves.
        on_event: told of runs whose last process died.
        stop_reason: anything but `None` has all runs save and end.
    """

    def __init__(
        self, options: RayOptions, context: Context, on_event: OnEvent, stop_reason: StopReason
    ):
        self._options = options
        on_cpu = options.num_gpus == 0
        self._context = dataclasses.replace(context, device="cpu") if on_cpu else context
        self._on_event = on_event
        self._stop_reason = stop_reason

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Yields the outcomes in the order in which the runs end."""
        import ray

        with self._connected(ray):
            attempt = ray.remote(_carry_out).options(**self._resources())
            context = ray.put(self._context)
            pending = {attempt.remote(task, context): task for task in tasks}
            is_stopping = False
            while pending:
                if not is_stopping and self._stop_reason() is not None:
                    is_stopping = True
                    for each in pending:
                        ray.cancel(each, force=False)
                ready, _ = ray.wait(list(pending), timeout=_LOOK_SECONDS)
                for each in ready:
                    yield self._outcome(ray, each, pending.pop(each))

    @contextlib.contextmanager
    def _connected(self, ray: Any) -> Iterator[None]:
        if ray.is_initialized():
            yield
            return
        own: dict[str, Any] = {} if self._options.address else {"include_dashboard": False}
        if not self._options.address and not os.environ.get("RAY_ADDRESS"):
            own["num_cpus"] = processes.num_cores()
        ray.init(address=self._options.address, log_to_driver=False, **own)
        try:
            self._warn_of_resources(ray.cluster_resources())
            yield
        finally:
            ray.shutdown()

    def _warn_of_resources(self, found: dict[str, float]) -> None:
        for name, wanted in (("CPU", self._options.num_cpus), ("GPU", self._options.num_gpus)):
            if wanted > found.get(name, 0):
                logging.warning(
                    "Ray has %g %s, a run asks for %g: it waits until the cluster grows",
                    found.get(name, 0), name, wanted,
                )  # fmt: skip

    def _resources(self) -> dict[str, Any]:
        limits = self._context.limits
        return {
            "num_cpus": self._options.num_cpus,
            "num_gpus": self._options.num_gpus,
            "memory": limits.memory_bytes,
            "max_retries": limits.retries,
            "retry_exceptions": [AttemptError],
            "runtime_env": {"env_vars": self._options.environment()},
        }

    def _outcome(self, ray: Any, ready: Any, task: Task) -> Outcome:
        reason = self._stop_reason()
        try:
            return dataclasses.replace(ray.get(ready), task=task)
        except ray.exceptions.TaskCancelledError:
            return Outcome(task, events.SKIPPED, reason=reason)
        except ray.exceptions.RayTaskError as error:
            # What the run itself said; it is noted in its folder.
            return Outcome(task, events.FAILED, reason=describe(error.cause))
        except ray.exceptions.RayError as error:
            if reason is not None:
                return Outcome(task, events.INTERRUPTED, reason=reason)
            said = f"{type(error).__name__}: {describe(error)[:300]}"
            attempts = self._context.limits.retries + 1
            self._on_event(AttemptFailed(task, said, attempts, is_last=True))
            return Outcome(task, events.FAILED, reason=said)


class _Interrupts:
    """Notes the interrupt that Ray sends to a task that is cancelled: the run saves and ends."""

    def __init__(self) -> None:
        self._received: str | None = None

    def __enter__(self) -> "_Interrupts":
        self._received = None
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *exception: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._received = "cancelled"

    def reason(self) -> str | None:
        """Returns why to stop."""
        return self._received


@functools.cache
def _loop(context: Context) -> tuple[RunLoop, _Interrupts]:
    """Returns the loop of this process, which keeps data and traced networks between runs."""
    devices.select(context.device)
    interrupts = _Interrupts()
    return RunLoop(context, events.ignore, interrupts.reason, is_measuring=False), interrupts


def _carry_out(task: Task, context: Context) -> Outcome:
    """Carries out one run in a process of Ray.

    Raises:
        AttemptError: it failed.
    """
    loop, interrupts = _loop(context)
    seconds = context.limits.seconds
    if seconds is not None:
        # Also ends a process that hangs outside Python, and says in Ray's log where; Ray sees a
        # process that died.
        faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        with interrupts:
            outcome = loop.carry_out(task)
    finally:
        faulthandler.cancel_dump_traceback_later()
    if outcome.status == events.FAILED:
        loop.record_failure(task, outcome.reason or "")
        raise AttemptError(outcome.reason or "")
    return dataclasses.replace(outcome, task=None)  # type: ignore[arg-type]  # the driver knows it
