"""Several devices through `tf.distribute`: replicas on one machine, or workers on several.

Keras' `fit` refuses the multi-worker strategy, so the step is our own (`tensorflow_steps`). Every
worker runs the same program on the same data and the same seed; a step's batch is cut into equal
shares, one for each replica, in the order of the replicas. So one worker and several train on the
same images in the same order.
"""

import contextlib
import json
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from nasbench_templates.support.errors import ConfigError, TrainingError

KINDS = ("mirrored", "multi_worker")
_TEXT_BYTES = 256
# What collective operations raise, depending on where they were when the connection broke.
_LOST = (
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
    tf.errors.UnavailableError,
)


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """The replicas of a run.

    Attributes:
        strategy: of TensorFlow.
        num_workers: processes.
        worker: number of this one; 0 is the chief, who writes the files.
    """

    strategy: tf.distribute.Strategy
    num_workers: int
    worker: int

    @property
    def num_replicas(self) -> int:
        """Replicas over all workers."""
        return self.strategy.num_replicas_in_sync

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run's files."""
        return self.worker == 0

    def of_this_worker(self, batches: np.ndarray) -> np.ndarray:
        """Returns this worker's columns of an array `(steps, batch, ...)`."""
        size = batches.shape[1] // self.num_workers
        return batches[:, self.worker * size : (self.worker + 1) * size]

    def shares(self, array: np.ndarray) -> object:
        """Returns this worker's share of a batch as one value for each of its replicas."""
        local = self.num_replicas // self.num_workers
        size = len(array) // local
        first = self.worker * local

        def share(context: tf.distribute.ReplicaContext) -> tf.Tensor:
            place = context.replica_id_in_sync_group - first
            return tf.constant(array[place * size : (place + 1) * size])

        return self.strategy.experimental_distribute_values_from_function(share)

    def texts(self, text: str) -> tuple[str, ...]:
        """Returns what every worker passes, worker by worker; waits for the slowest of them.

        Args:
            text: of this worker; only its first 256 bytes are passed on.
        """
        if self.num_workers == 1:
            return (text,)
        local = self.num_replicas // self.num_workers
        rows = np.zeros((local, self.num_workers, _TEXT_BYTES), np.float32)
        letters = text.encode()[:_TEXT_BYTES]
        # Only the first replica of a worker speaks, so that the sum is what was said.
        rows[0, self.worker, : len(letters)] = list(letters)
        total = self.strategy.reduce(tf.distribute.ReduceOp.SUM, self.shares(rows), axis=None)
        return tuple(
            bytes(row[row > 0]).decode(errors="ignore") for row in total.numpy()[0].astype(np.uint8)
        )

    @contextlib.contextmanager
    def lost_workers_reported(self) -> Iterator[None]:
        """Says in one line what TensorFlow raises in the block when another worker is gone.

        Raises:
            TrainingError: another worker is gone.
        """
        try:
            yield
        except _LOST as error:
            if self.num_workers == 1:
                raise
            raise TrainingError(
                f"worker {self.worker}: another of the {self.num_workers} workers is gone; the "
                f"same command on all of them resumes ({type(error).__name__})"
            ) from error

    def check_shared(self, folder: Path) -> None:
        """Checks that all workers see the same folder; every worker calls it.

        Raises:
            ConfigError: they do not; on every worker.
            OSError: the chief cannot write to it.
        """
        with contextlib.ExitStack() as stack:
            name = ""
            if self.is_chief:
                mark = stack.enter_context(
                    tempfile.NamedTemporaryFile(dir=folder, prefix=".workers-")
                )
                name = Path(mark.name).name
            mark_path = folder / self.texts(name)[0]
            verdicts = self.texts("seen" if mark_path.exists() else "missing")
        strangers = [number for number, each in enumerate(verdicts) if each != "seen"]
        if strangers:
            raise ConfigError(
                f"{folder}: expected one folder that all workers see, worker "
                f"{', '.join(map(str, strangers))} sees another than worker 0; all need the same "
                "--output_dir on a shared file system"
            )


def make_distribution(kind: str) -> Distribution:
    """Returns the replicas of this machine or, for `"multi_worker"`, of the cluster.

    Call it before anything else uses TensorFlow. A worker learns its cluster and its number from
    the environment variable TF_CONFIG, as TensorFlow defines it.

    Raises:
        ConfigError: an unknown kind, or TF_CONFIG is missing or malformed.
    """
    # TensorFlow reports every single reduction as information.
    tf.get_logger().setLevel(logging.WARNING)
    if kind == "mirrored":
        return Distribution(tf.distribute.MirroredStrategy(_replica_devices()), 1, 0)
    if kind != "multi_worker":
        raise ConfigError(f"expected a distribution of {', '.join(KINDS)}, received {kind!r}")
    num_workers, worker = _cluster()
    return Distribution(tf.distribute.MultiWorkerMirroredStrategy(), num_workers, worker)


def _replica_devices() -> list[str] | None:
    # Logical CPU devices stand in for GPUs where there are none; TensorFlow would take only one.
    if tf.config.list_logical_devices("GPU"):
        return None
    return [device.name for device in tf.config.list_logical_devices("CPU")]


def _cluster() -> tuple[int, int]:
    text = os.environ.get("TF_CONFIG", "")
    try:
        config = json.loads(text)
        ((job, workers),) = config["cluster"].items()
        kind, index = config["task"]["type"], int(config["task"]["index"])
        is_right = job == kind == "worker" and 0 <= index < len(workers)
        is_right = is_right and all(re.fullmatch(r".+:\d+", address) for address in workers)
    except (ValueError, KeyError, TypeError, AttributeError):
        is_right = False
    if not is_right:
        raise ConfigError(
            "multi_worker: expected TF_CONFIG such as "
            '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, '
            f'"task": {{"type": "worker", "index": 0}}}}, received {text[:200]!r}'
        )
    return len(workers), index
