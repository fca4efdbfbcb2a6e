"""Epochs for TensorBoard, under the tags that Keras' own callback uses.

Written with tensorboardX, which needs neither TensorFlow nor TensorBoard, so that every backend has
them.
"""

import time
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
    if metrics.val_loss is not None and metrics.val_accuracy is not None:
        figures = {"epoch_loss": metrics.val_loss, "epoch_accuracy": metrics.val_accuracy}
        _write(folder / "validation", metrics.epoch, figures)


def _write(folder: Path, epoch: int, figures: dict[str, float]) -> None:
    from tensorboardX import event_file_writer
    from tensorboardX.proto import event_pb2, summary_pb2

    values = [
        summary_pb2.Summary.Value(tag=tag, simple_value=each) for tag, each in figures.items()
    ]
    start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    now = time.time()
    folder.mkdir(parents=True, exist_ok=True)
    # A file for each epoch, so that every epoch is on the disk whatever happens next; and written
    # here, as tensorboardX's own thread would lose the error of a full disk.
    log = event_file_writer.EventsWriter(str(folder / "events"), f".epoch{epoch:04d}")
    log.write_event(event_pb2.Event(wall_time=now, step=epoch, session_log=start))
    log.write_event(
        event_pb2.Event(wall_time=now, step=epoch, summary=summary_pb2.Summary(value=values))
    )
    log.close()
