"""Messages on standard error: bars on a terminal, one log line for each epoch elsewhere."""

import contextlib
import os
import pathlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from absl import flags, logging

if TYPE_CHECKING:
    import tqdm

    from nasbench_templates.training.metrics import EpochMetrics

T = TypeVar("T")


def start_logging() -> None:
    """Sends our log lines to standard error from level INFO on and silences TensorFlow's own.

    What goes wrong in TensorFlow also arrives as an exception; `TF_CPP_MIN_LOG_LEVEL` overrides.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # absl warns about messages before its global flags are parsed; ours are elsewhere.
    if not flags.FLAGS.is_parsed():
        flags.FLAGS(["nasbench-templates"])
    logging.use_absl_handler()
    logging.get_absl_handler().python_handler.stream = sys.stderr
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


class Progress:
    """Shows how far several runs of equal length are.

    Args:
        runs: how many there are.
        epochs: of each.
    """

    def __init__(self, runs: int, epochs: int):
        import tqdm

        self._epochs = epochs
        self._seen: dict[tuple[str, int], int] = {}
        self._is_terminal = sys.stderr.isatty()
        self._bar = tqdm.tqdm(
            total=runs * epochs, unit="epoch", dynamic_ncols=True, disable=not self._is_terminal
        )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def on_epoch(self, template: str, seed: int, metrics: "EpochMetrics") -> None:
        """Shows one epoch."""
        self._advance(template, seed, metrics.epoch)
        if self._is_terminal:
            self._bar.set_description(f"{template} seed {seed}")
            self._bar.set_postfix(loss=f"{metrics.loss:.3f}", val=f"{metrics.val_accuracy:.3f}")
        else:
            logging.info(
                "template %s, seed %d, epoch %d/%d: loss %.4f, accuracy %.4f, val_accuracy %.4f, "
                "%.1f s", template, seed, metrics.epoch, self._epochs, metrics.loss,
                metrics.accuracy, metrics.val_accuracy, metrics.seconds,
            )  # fmt: skip

    def on_run(self, template: str, seed: int, is_known: bool) -> None:
        """Shows the end of a run."""
        self._advance(template, seed, self._epochs)
        if is_known:
            logging.info("template %s, seed %d: finished before, read back", template, seed)

    def _advance(self, template: str, seed: int, epoch: int) -> None:
        # A resumed run begins somewhere in the middle, so positions count, not calls.
        self._bar.update(epoch - self._seen.get((template, seed), 0))
        self._seen[template, seed] = epoch


class StepProgress:
    """Shows how far one run is, step by step on a terminal.

    Args:
        epochs: of the run.
        steps_per_epoch: steps in each.
    """

    def __init__(self, epochs: int, steps_per_epoch: int):
        self._epochs = epochs
        self._steps_per_epoch = steps_per_epoch
        self._is_terminal = sys.stderr.isatty()
        self._bar: tqdm.tqdm | None = None

    def __enter__(self) -> "StepProgress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def on_start(self, history: Sequence["EpochMetrics"], num_steps: int) -> None:
        """Shows where the run begins: after some complete epochs and steps, or anew."""
        done = len(history) * self._steps_per_epoch + num_steps
        logging.info("training: %d epochs of %d steps%s", self._epochs, self._steps_per_epoch,
                     f", resumed after epoch {len(history)}, step {num_steps}" if done else "",
                     )  # fmt: skip
        import tqdm

        self._bar = tqdm.tqdm(
            total=self._epochs * self._steps_per_epoch,
            initial=done,
            unit="step",
            dynamic_ncols=True,
            disable=not self._is_terminal,
        )

    def on_step(self, epoch: int, step: int) -> None:
        """Shows one step."""
        done = (epoch - 1) * self._steps_per_epoch + step
        self._bar.update(done - self._bar.n)
        self._bar.set_description(f"epoch {epoch}/{self._epochs}", refresh=False)

    def on_epoch(self, metrics: "EpochMetrics") -> None:
        """Shows one epoch."""
        validation = "-" if metrics.val_accuracy is None else f"{metrics.val_accuracy:.4f}"
        if self._is_terminal:
            self._bar.set_postfix(loss=f"{metrics.loss:.3f}", val=validation)
        else:
            logging.info(
                "epoch %d/%d: loss %.4f, accuracy %.4f, val_accuracy %s, %.1f s, %.0f images/s",
                metrics.epoch, self._epochs, metrics.loss, metrics.accuracy, validation,
                metrics.seconds, metrics.images_per_second,
            )  # fmt: skip
