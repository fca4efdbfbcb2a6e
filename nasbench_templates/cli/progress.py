"""Messages on standard error, and bars on a terminal."""

import contextlib
import logging as python_logging
import pathlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from absl import flags, logging

from nasbench_templates.support import quiet_tensorflow

if TYPE_CHECKING:
    import tqdm


T = TypeVar("T")


class _Lines(python_logging.Formatter):
    """Messages as they are; what is more than news says so first."""

    def format(self, record: python_logging.LogRecord) -> str:
        text = super().format(record)
        is_news = record.levelno <= python_logging.INFO
        return text if is_news else f"{record.levelname.lower()}: {text}"


def start_logging() -> None:
    """Sends our log lines to standard error from level INFO on and silences TensorFlow's own.

    What goes wrong in TensorFlow also arrives as an exception; `TF_CPP_MIN_LOG_LEVEL` overrides.
    """
    quiet_tensorflow.install(lambda: logging.info("loading TensorFlow"))
    # absl warns about messages before its global flags are parsed; ours are elsewhere.
    if not flags.FLAGS.is_parsed():
        flags.FLAGS(["nasbench-templates"])
    logging.use_absl_handler()
    logging.get_absl_handler().python_handler.stream = sys.stderr
    logging.get_absl_handler().setFormatter(_Lines())
    logging.set_verbosity(logging.INFO)


def bar(
    items: "Iterable[object] | None" = None,
    *,
    total: int | None = None,
    unit: str = "it",
    description: str | None = None,
    is_alone: bool = True,
) -> "tqdm.tqdm":
    """Returns a bar on standard error, which shows itself on a terminal only.

    Args:
        items: what is gone through, or `None` to move the bar by `update`.
        total: how much there is to do; `None` takes the number of items.
        unit: of what.
        description: what stands before the bar.
        is_alone: whether nothing else writes to the same terminal meanwhile.
    """
    import tqdm

    is_shown = is_alone and sys.stderr.isatty()
    return tqdm.tqdm(
        items,
        total=total,
        unit=unit,
        unit_scale=True,
        desc=description,
        dynamic_ncols=True,
        disable=not is_shown,
    )


@contextlib.contextmanager
def bytes_bar(source: pathlib.Path) -> Iterator[Callable[[int], None]]:
    """Gives a function to call with the bytes of a file that were read; a bar on a terminal."""
    total = source.stat().st_size if source.is_file() else None
    with bar(total=total, unit="B", description=source.name) as shown:
        yield shown.update


@contextlib.contextmanager
def counted(items: Iterable[T], unit: str) -> Iterator[Iterable[T]]:
    """Gives the same items, with a bar on a terminal that counts them."""
    with bar(items, unit=unit) as shown:
        yield shown
