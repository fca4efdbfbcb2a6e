"""Work on many images or clips in threads, with a bar on a terminal.

Threads suffice: reading files, decoding and Fourier transforms release the interpreter's lock.
"""

from collections.abc import Callable
from concurrent import futures
from typing import TypeVar

Result = TypeVar("Result")

# Images that one call works on: enough to hide the cost of a task, few enough for a moving bar.
_CHUNK = 256


def map_chunks(
    count: int,
    work: Callable[[range], Result],
    title: str,
    *,
    unit: str = "image",
    chunk: int = _CHUNK,
) -> list[Result]:
    """Returns what `work` returns for consecutive ranges of rows, in their order.

    Args:
        count: rows in all.
        work: called from several threads.
        title: what is being done, shown beside the bar.
        unit: what a row is called there.
        chunk: rows in each range but the last.
    """
    import tqdm

    chunks = [range(start, min(start + chunk, count)) for start in range(0, count, chunk)]
    results = []
    # disable=None: shown on a terminal only.
    with (
        tqdm.tqdm(total=count, desc=title, unit=unit, disable=None, leave=False) as bar,
        futures.ThreadPoolExecutor() as pool,
    ):
        for rows, result in zip(chunks, pool.map(work, chunks), strict=True):
            bar.update(len(rows))
            results.append(result)
    return results
