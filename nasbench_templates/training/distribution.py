"""Several devices through `tf.distribute`: replicas on one machine, or workers on several.

Keras' `fit` refuses the multi-worker strategy, so the step is our own (`tensorflow_steps`). Every
worker runs the same program on the same data and the same seed; a step's batch is cut into equal
shares, one for each replica, in the order of the replicas. So one worker and several train on the
same images in the same order.
"""

import json
import os
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from nasbench_templates.errors import ConfigError

KINDS = ("mirrored", "multi_worker")


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

    def check_batch(self, batch_size: int) -> None:
        """Checks that a batch can be shared equally.

        Raises:
            ConfigError: it cannot.
        """
        if batch_size % self.num_replicas:
            raise ConfigError(
                f"expected a batch size that {self.num_replicas} replicas can share equally, "
                f"received {batch_size}"
            )

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

    def sum_over_workers(self, number: float) -> float:
        """Returns the sum of what all workers pass; waits for the slowest of them."""
        if self.num_workers == 1:
            return number
        per_replica = self.shares(np.full(self.num_replicas // self.num_workers, number, "float64"))
        total = self.strategy.reduce(tf.distribute.ReduceOp.SUM, per_replica, axis=None)
        return float(tf.squeeze(total)) * self.num_workers / self.num_replicas


def make_distribution(kind: str) -> Distribution:
    """Returns the replicas of this machine or, for `"multi_worker"`, of the cluster.

    Call it before anything else uses TensorFlow. A worker learns its cluster and its number from
    the environment variable TF_CONFIG, as TensorFlow defines it.

    Raises:
        ConfigError: an unknown kind, or TF_CONFIG is missing or malformed.
    """
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
        workers, task = config["cluster"]["worker"], config["task"]
        is_right = task["type"] == "worker" and 0 <= int(task["index"]) < len(workers)
    except (ValueError, KeyError, TypeError):
        is_right = False
    if not is_right:
        raise ConfigError(
            "multi_worker: expected TF_CONFIG such as "
            '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, '
            f'"task": {{"type": "worker", "index": 0}}}}, received {text[:200]!r}'
        )
    return len(workers), int(task["index"])
