"""Runs in several processes of this machine, among which the processor's cores are divided.

A worker that dies (killed, out of memory) fails the run that it was at, with the reason, and is
replaced. Standard libraries' pools end with their first dead worker, and share pipes whose lock a
killed worker takes along; so each worker has a pipe of its own here.
"""

import ctypes
import dataclasses
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from nasbench_templates.execution import worker
from nasbench_templates.execution.attempts import Attempts
from nasbench_templates.runs import events
from nasbench_templates.runs.context import Context
from nasbench_templates.runs.events import OnEvent, Outcome, Started
from nasbench_templates.runs.task import Task

# What tells the libraries how many threads a process has; NPROC is read by XLA.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "NPROC",
)  # fmt: skip
_POLL_S = 0.2
AUTO = "auto"


def num_workers(text: str, num_runs: int, *, has_gpu: bool = False) -> int:
    """Returns how many processes a user's choice stands for.

    Args:
        text: `"auto"` (one for each core, as single threads waste less; one on a GPU) or a number.
        num_runs: there are never more workers than runs.
        has_gpu: whether a GPU computes.
    """
    of_machine = 1 if has_gpu else num_cores()
    wanted = of_machine if text == AUTO else int(text)
    return max(1, min(wanted, num_runs))


def num_cores() -> int:
    """Returns how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def has_gpu_driver() -> bool:
    """Returns whether a driver of NVIDIA cards is loaded and not all of them are hidden."""
    is_hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    return os.path.exists("/proc/driver/nvidia/version") and not is_hidden


@dataclasses.dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    task: Task | None = None
    folder: str | None = None
    is_leaving: bool = False
    given_at: float = 0.0
    excess: str | None = None

    @property
    def reason(self) -> str:
        """How it ended."""
        if self.excess is not None:
            return self.excess
        code = self.process.exitcode
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            hint = ", perhaps as memory ran out" if name == "SIGKILL" else ""
            return f"its worker process was ended by {name}{hint}"
        return f"its worker process ended with status {code}"


def _resident_bytes(pid: int | None) -> int:
    """Returns the resident memory of a process; 0 of one that has ended."""
    import psutil

    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.NoSuchProcess:
        return 0


class ProcessEngine:
    """Carries out runs in worker processes.

    Args:
        context: what the runs share.
        workers: how many processes, at least 1.
        on_event: told of everything that happens.
        stop_reason: anything but `None` has all workers save and end.
    """

    def __init__(
        self,
        context: Context,
        workers: int,
        on_event: OnEvent,
        stop_reason: Callable[[], str | None],
    ):
        self._spawn = multiprocessing.get_context("spawn")
        self._own_context = context
        self._context = self._shared(context)
        self._num_workers = workers
        self._on_event = on_event
        self._stop_reason = stop_reason
        self._workers: list[_Worker] = []
        self._pending: list[Task] = []
        self._attempts = Attempts(context.limits.retries, on_event, stop_reason)

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Yields the outcomes in the order in which the runs end."""
        self._pending = list(tasks)
        is_stopping = False
        try:
            while self._pending or any(each.task for each in self._workers):
                if not is_stopping and self._stop_reason() is not None:
                    is_stopping = True
                    self._signal_all()
                if is_stopping:
                    reason = self._stop_reason()
                    skipped, self._pending = self._pending, []
                    yield from (Outcome(each, events.SKIPPED, reason=reason) for each in skipped)
                else:
                    self._give_out()
                    self._end_excesses()
                for outcome in self._outcomes():
                    if self._attempts.is_retried(outcome):
                        self._pending.append(outcome.task)
                    else:
                        yield outcome
        except (KeyboardInterrupt, SystemExit):
            # A second signal: nobody waits for what is under way.
            for each in self._workers:
                each.process.kill()
            raise
        finally:
            self._end()
            # The next call of the command goes on with the clock.
            self._own_context.begun_at.value = self._context.begun_at.value

    def _shared(self, context: Context) -> Context:
        """Returns a context whose clock the workers share; without a limit nobody reads it."""
        if context.max_train_seconds is None:
            return context
        # Without a lock, which a killed worker could take along.
        begun_at = self._spawn.RawValue(ctypes.c_double, context.begun_at.value)
        return dataclasses.replace(context, begun_at=begun_at)

    def _give_out(self) -> None:
        present = [each for each in self._workers if not each.is_leaving]
        for _ in range(min(len(self._pending), self._num_workers - len(present))):
            present.append(self._start())
            self._workers.append(present[-1])
        for each in present:
            if each.task is None and self._pending:
                task = self._pending.pop(self._next_place())
                try:
                    each.connection.send(task)
                except OSError:
                    # It died with nothing to do: `_outcomes` buries it.
                    self._pending.insert(0, task)
                    each.is_leaving = True
                else:
                    each.task, each.folder, each.given_at = task, None, time.monotonic()

    def _next_place(self) -> int:
        """Prefers a network that nobody else has traced: seeds of one network share its trace."""
        taken = {each.task.spec.trainer_key for each in self._workers if each.task is not None}
        places = enumerate(self._pending)
        return next((place for place, task in places if task.spec.trainer_key not in taken), 0)

    def _end_excesses(self) -> None:
        """Kills workers whose run takes more than it may: one that hangs hears nothing else."""
        limits = self._context.limits
        for each in self._workers:
            if each.task is None or each.excess is not None:
                continue
            seconds = time.monotonic() - each.given_at
            if limits.seconds is not None and seconds > limits.seconds:
                each.excess = f"ended after {seconds:.0f} s, its limit is {limits.seconds:g} s"
            elif limits.memory_bytes is not None:
                resident = _resident_bytes(each.process.pid)
                if resident > limits.memory_bytes:
                    each.excess = (
                        f"ended at {resident / 1e6:,.0f} MB of memory, its limit is "
                        f"{limits.memory_bytes / 1e6:,.0f} MB"
                    )
            if each.excess is not None:
                each.process.kill()

    def _outcomes(self) -> Iterator[Outcome]:
        by_handle: dict[Any, _Worker] = {each.connection: each for each in self._workers}
        by_handle |= {each.process.sentinel: each for each in self._workers}
        ready = {id(by_handle[each]): by_handle[each] for each in wait(list(by_handle), _POLL_S)}
        for each in ready.values():
            yield from self._received(each)

    def _received(self, chosen: _Worker) -> Iterator[Outcome]:
        try:
            while chosen.connection.poll():
                kind, content = chosen.connection.recv()
                if kind == worker.ERROR:
                    raise content
                if kind == worker.OUTCOME:
                    outcome = dataclasses.replace(content, task=chosen.task)
                    chosen.task = None
                    yield self._told(chosen, outcome)
                else:
                    if isinstance(content, Started):
                        chosen.folder = content.folder
                    self._on_event(dataclasses.replace(content, task=chosen.task))
        except (EOFError, ConnectionResetError):
            # The pipe is empty and its other end closed: the worker is gone, or about to be.
            yield from self._buried(chosen)

    def _told(self, chosen: _Worker, outcome: Outcome) -> Outcome:
        """Returns an outcome; a signal that only its worker got is no stop of all runs."""
        is_own = outcome.status == events.INTERRUPTED and self._stop_reason() is None
        if not is_own or outcome.reason == self._context.time_limit_reason:
            return outcome
        chosen.is_leaving = True
        reason = f"its worker process was told to end by {outcome.reason}; it is saved"
        return dataclasses.replace(outcome, status=events.FAILED, reason=reason)

    def _buried(self, chosen: _Worker) -> Iterator[Outcome]:
        chosen.process.join()
        chosen.connection.close()
        self._workers.remove(chosen)
        task, stopped = chosen.task, self._stop_reason()
        if task is None:
            return
        if chosen.process.exitcode == 0 and stopped is None:
            # It left before it saw the run.
            self._pending.insert(0, task)
        elif stopped is not None:
            yield Outcome(task, events.INTERRUPTED, chosen.folder, reason=stopped)
        else:
            yield Outcome(task, events.FAILED, chosen.folder, reason=chosen.reason)

    def _start(self) -> _Worker:
        ours, theirs = self._spawn.Pipe()
        threads = str(max(1, num_cores() // self._num_workers))
        before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
        os.environ.update({name: before[name] or threads for name in THREAD_VARIABLES})
        try:
            process = self._spawn.Process(
                target=worker.work, args=(theirs, self._context, os.getpid()), daemon=True
            )
            # The child inherits the mask, and takes signals when it can answer them.
            held = signal.pthread_sigmask(signal.SIG_BLOCK, worker.SIGNALS)
            try:
                process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, held)
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
        theirs.close()
        return _Worker(process, ours)

    def _signal_all(self) -> None:
        for each in self._workers:
            if each.process.pid is not None and each.process.is_alive():
                # As if it had come to the whole group: they finish the step and save.
                os.kill(each.process.pid, signal.SIGTERM)

    def _end(self) -> None:
        self._signal_all()
        for each in self._workers:
            each.connection.close()
            each.process.join()
        self._workers.clear()
