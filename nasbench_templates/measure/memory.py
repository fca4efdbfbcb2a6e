"""The most memory that building one network and predicting one image takes.

Every measurement is a fresh process that does nothing else, so that neither the caller nor other
networks are in the figure. This module is also that process: it reads a network as JSON on standard
input (`null`: none, to measure the bare imports) and writes one line of JSON.
"""

import json
import pathlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nasbench_templates.graph import graph_json
from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.measure import prediction
from nasbench_templates.support.errors import TrainingError

# What a figure is; the last is a process without the memory that the bare imports take.
DEVICE_PREDICTION = "device_peak_of_prediction"
DEVICE_PROCESS = "device_peak_of_process"
RESIDENT = "resident_peak_over_imports"

_STATUS = pathlib.Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class PeakMemory:
    """One measurement.

    Attributes:
        num_bytes: the peak.
        kind: `DEVICE_PREDICTION` (TensorFlow on an accelerator: its allocator's peak while one
            image is predicted, weights included), `DEVICE_PROCESS` (JAX on an accelerator, whose
            peak cannot be reset: also while the network is built) or `RESIDENT` (on a CPU: the peak
            resident memory of a process that builds the network and predicts one image, minus that
            of a process with the same imports alone).
    """

    num_bytes: int
    kind: str


class MemoryMeter:
    """Measures networks; the bare imports are measured once, when they are first needed."""

    def __init__(self) -> None:
        self._imports: int | None = None

    def measure(self, graph: LayerGraph, filters: Sequence[int], batch_size: int = 1) -> PeakMemory:
        """Returns the peak of a network under an assignment of its slots.

        Call it before this process uses an accelerator: TensorFlow and JAX reserve most of one for
        themselves, and the measuring process would find no memory.

        Args:
            graph: the network.
            filters: one width for every slot.
            batch_size: images that are predicted at once.

        Raises:
            TrainingError: the measuring process failed, for example because memory ran out.
        """
        request = {
            "graph": graph_json.to_json(graph),
            "filters": list(filters),
            "batch_size": batch_size,
        }
        peak = _measure_in_child(request)
        if peak.kind != RESIDENT:
            return peak
        if self._imports is None:
            self._imports = _measure_in_child(None).num_bytes
        return PeakMemory(max(0, peak.num_bytes - self._imports), RESIDENT)


def _measure_in_child(request: Mapping[str, object] | None) -> PeakMemory:
    done = subprocess.run(
        [sys.executable, "-m", __spec__.name],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise TrainingError(
            f"peak memory: expected the measuring process to end with 0, received "
            f"{done.returncode}: {last}"
        )
    return PeakMemory(**json.loads(done.stdout.splitlines()[-1]))


def _run_child() -> None:
    request = json.load(sys.stdin)
    import keras
    import numpy as np

    from nasbench_templates.keras_io import keras_builder

    peak = None
    if request is not None:
        graph = graph_json.from_json(request["graph"])
        model = keras_builder.build_keras(graph, request["filters"])
        predict = prediction.compile_prediction(model)
        reset_device_peak()
        shape = (request["batch_size"], *model.input_shape[1:])
        images = keras.ops.convert_to_tensor(np.zeros(shape, "float32"))
        keras.ops.convert_to_numpy(predict(images))
        peak = device_peak()
    peak = peak or PeakMemory(_peak_resident_bytes(), RESIDENT)
    print(json.dumps({"num_bytes": peak.num_bytes, "kind": peak.kind}))


def reset_device_peak() -> None:
    """Starts the accelerator's peak anew where the framework can: TensorFlow can, JAX cannot."""
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if tf.config.list_physical_devices("GPU"):
            tf.config.experimental.reset_memory_stats("GPU:0")


def device_peak() -> PeakMemory | None:
    """Returns the most bytes of the accelerator since the last reset; `None` on a CPU.

    On JAX, which cannot reset it, since the process began.
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if not tf.config.list_physical_devices("GPU"):
            return None
        peak = tf.config.experimental.get_memory_info("GPU:0")["peak"]
        return PeakMemory(peak, DEVICE_PREDICTION)
    import jax

    stats = jax.devices()[0].memory_stats()
    return PeakMemory(stats["peak_bytes_in_use"], DEVICE_PROCESS) if stats else None


def _peak_resident_bytes() -> int:
    # Not `ru_maxrss` on Linux: there a process starts with the peak of the one that started it.
    if _STATUS.exists():
        lines = _STATUS.read_text("ascii").splitlines()
        (line,) = (line for line in lines if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import resource

    # Bytes on macOS, which is what is left.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    _run_child()
