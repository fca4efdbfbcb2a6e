"""Epochs for TensorBoard, under the tags that Keras' own callback uses.

Written with tensorboardX, which needs neither TensorFlow nor TensorBoard, so that every backend has
them.
"""

from pathlib import Path

from nasbench_templates.training.metrics import EpochMetrics


def write_epoch(folder: Path, metrics: EpochMetrics) -> None:
    """Adds one epoch to `folder/train` and `folder/validation`.

    An epoch that is trained again after an interruption replaces what was logged from there on.

    Raises:
        OSError: the folder cannot be written to.
    """
    figures = {
        "epoch_loss": metrics.loss,
        "epoch_accuracy": metrics.accuracy,
        "epoch_learning_rate": metrics.learning_rate,
        "images_per_second": metrics.images_per_second,
    }
    _write(folder / "train", metrics.epoch, figures)
    if metrics.val_loss is not None:
        figures = {"epoch_loss": metrics.val_loss, "epoch_accuracy": metrics.val_accuracy}
        _write(folder / "validation", metrics.epoch, figures)


def _write(folder: Path, epoch: int, figures: dict[str, float]) -> None:
    import tensorboardX

    # Opened for each epoch, so that every epoch is on the disk whatever happens next.
    suffix = f".epoch{epoch:04d}"
    with tensorboardX.SummaryWriter(str(folder), purge_step=epoch, filename_suffix=suffix) as log:
        for tag, value in figures.items():
            log.add_scalar(tag, value, epoch)
