"""What a run reports: figures of each epoch and of the whole run; no Keras."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """What one epoch gave.

    Attributes:
        epoch: counted from 1.
        loss: mean over the epoch's steps, weight penalty included.
        accuracy: of the training images as they were trained on, 0..1.
        val_loss: mean cross entropy on the validation split, without penalty and smoothing; `None`
            without a validation split.
        val_accuracy: on the validation split, 0..1; `None` likewise.
        learning_rate: of the epoch's last step.
        seconds: time of the training steps, without evaluation and checkpoints.
        images_per_second: training images by these seconds.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a run gave.

    Attributes:
        history: every complete epoch, those before a resumption included.
        val_accuracy: after the last complete epoch, 0..1; `None` without one.
        test_accuracy: after the last epoch, 0..1; the split is evaluated this once. `None` while
            the run is not complete.
        train_seconds: time of all training steps, over all resumptions, without evaluation,
            building and tracing.
        stopped: why the run ended before its last step, or `None`.
    """

    history: tuple[EpochMetrics, ...]
    val_accuracy: float | None
    test_accuracy: float | None
    train_seconds: float
    stopped: str | None = None


def pause_reason(epochs: int) -> str:
    """Returns why a run stopped that was to stop after so many epochs."""
    return f"stop_after_epochs={epochs} reached"
