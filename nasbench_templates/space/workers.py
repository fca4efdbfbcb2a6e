"""Work on all cores: a function over tasks in fresh processes, results in order.

    for result in run(function, tasks, num_processes()):
        ...

The function and its tasks are sent to processes that are started anew, never forked, so it has to
be one that a module defines; a script that asks for more than one process needs the usual
`if __name__ == "__main__"`.
"""

import concurrent.futures
import concurrent.futures.process
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TypeVar

from nasbench_templates.support import quiet_tensorflow

Task = TypeVar("Task")
Result = TypeVar("Result")


def num_processes() -> int:
    """Returns the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    function: Callable[[Task], Result], tasks: Sequence[Task], processes: int = 1
) -> Generator[Result, None, None]:
    """Yields the function's result for every task, in order.

    Args:
        function: of a module.
        tasks: its arguments.
        processes: how many at once; with 1, or for a single task, nothing is started.

    Raises:
        ChildProcessError: a process ended without an answer.
    """
    processes = min(processes, len(tasks))
    if processes <= 1:
        yield from map(function, tasks)
        return
    context = multiprocessing.get_context("spawn")
    executor = concurrent.futures.ProcessPoolExecutor(processes, context, _follow_parent)
    try:
        with _without_interrupts():
            results = [executor.submit(function, task) for task in tasks]
        for result in results:
            yield result.result()
    except concurrent.futures.process.BrokenProcessPool:
        raise ChildProcessError(
            "expected an answer of every worker process, one of them ended early (was there too "
            "little memory?); fewer processes need less"
        ) from None
    finally:
        # What was not begun is dropped, also when the caller stops reading or Ctrl-C arrives.
        executor.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Lets processes start with Ctrl-C blocked, so that only this one answers it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _follow_parent() -> None:
    """Ends this worker when its parent is gone, even if that was killed; it is as quiet."""
    quiet_tensorflow.install()
    parent = multiprocessing.parent_process()

    def end_with_parent() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
