"""What networks take on this machine, beside their analytic cost: Table 1 of the paper.

networks = plan(NetworkSettings("vgg19"), ["base", "c"])
base, falling = measure_resources(networks)
print(falling.to_json(base)["latency_reduction_percent"])
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nasbench_templates.design.design import Design
from nasbench_templates.graph.cost import peak_activation_bytes, quantity_field
from nasbench_templates.measure import latency, memory, operations

# Images at once for the throughput, and how many such batches: they are most of the time that it
# takes to measure a network, and the median of thirty is steady.
BATCH_SIZE, BATCH_REPEATS = 64, latency.LEAST_REPEATS


@dataclass(frozen=True, slots=True)
class Resources:
    """One network.

    Attributes:
        network: widths and analytic cost.
        profiler_macs: MACs of one image by TensorFlow's profiler; `None` on JAX.
        peak_memory: of building the network and predicting one image.
        peak_activation_bytes: computed; float32, batch 1, by liveness.
        single: time of predicting one image.
        batched: time of predicting several images at once, `BATCH_SIZE` by default.
    """

    network: Design
    profiler_macs: int | None
    peak_memory: memory.PeakMemory
    peak_activation_bytes: int
    single: latency.Latency
    batched: latency.Latency

    @property
    def images_per_second(self) -> float:
        """Images by the median time of a batch."""
        return 1e3 * self.batched.batch_size / self.batched.median_ms

    def to_json(self, base: "Resources | None") -> dict[str, object]:
        """Returns the row of the machine-readable contract of `profile`.

        Args:
            base: what reductions are relative to; `None` leaves them `None`.
        """
        cost = self.network.cost
        reduction = functools.partial(self._reduction, base)
        return {
            "template": self.network.template,
            "filters": list(self.network.filters),
            "macs": cost.macs,
            "profiler_macs": self.profiler_macs,
            "params": cost.params,
            "trainable_params": cost.trainable_params,
            "trainable_params_reduction_percent": reduction(_trainable_params),
            "peak_memory_bytes": self.peak_memory.num_bytes,
            "peak_memory_kind": self.peak_memory.kind,
            "peak_memory_reduction_percent": reduction(_peak_bytes),
            "peak_activation_bytes": self.peak_activation_bytes,
            "summary_memory_bytes": self.network.summary_memory_bytes,
            "latency_ms": self.single.median_ms,
            "latency_quartiles_ms": list(self.single.quartiles_ms),
            "latency_reduction_percent": reduction(_latency),
            "batch_size": self.batched.batch_size,
            "batch_latency_ms": self.batched.median_ms,
            "batch_latency_quartiles_ms": list(self.batched.quartiles_ms),
            "images_per_second": self.images_per_second,
            "repeats": self.single.repeats,
            "batch_repeats": self.batched.repeats,
            "gap": self.network.gap,
            "template_name": self.network.template_name,
            "gap_quantity": quantity_field(self.network.gap_quantity),
            "macs_percent_of_base": self.network.macs_percent_of_base,
            "params_reduction_percent": reduction(_params),
        }

    def _reduction(
        self, base: "Resources | None", quantity: Callable[["Resources"], float]
    ) -> float | None:
        if base is None or not quantity(base):
            return None
        return 100 * (1 - quantity(self) / quantity(base))


def _params(row: Resources) -> float:
    return row.network.cost.params


def _trainable_params(row: Resources) -> float:
    return row.network.cost.trainable_params


def _peak_bytes(row: Resources) -> float:
    return row.peak_memory.num_bytes


def _latency(row: Resources) -> float:
    return row.single.median_ms


def measure_resources(
    networks: Sequence[Design],
    repeats: int = latency.REPEATS,
    *,
    batch_size: int = BATCH_SIZE,
    memory_batch_size: int = 1,
    on_network: Callable[[str, str], None] | None = None,
) -> tuple[Resources, ...]:
    """Returns what each network takes, in their order.

    Args:
        networks: from `planning.plan`.
        repeats: counted predictions of one image, at least 30.
        memory_batch_size: images at once for the peak memory.
        batch_size: images at once for the throughput, of which `BATCH_REPEATS` predictions count.
        on_network: told of every template and what of it is measured next.

    Raises:
        TrainingError: a process that measures memory failed.
    """
    report = on_network or (lambda template, what: None)
    meter = memory.MemoryMeter()
    peaks = []
    # All memory first: from the first network built here on, this process may hold the accelerator.
    for network in networks:
        report(network.template, "peak memory")
        peaks.append(meter.measure(network.architecture.graph, network.filters, memory_batch_size))
    rows = []
    for network, peak in zip(networks, peaks, strict=True):
        report(network.template, "operations and latency")
        rows.append(_measure(network, peak, repeats, batch_size))
    return tuple(rows)


def _measure(network: Design, peak: memory.PeakMemory, repeats: int, batch_size: int) -> Resources:
    from nasbench_templates.keras_io.keras_builder import build_keras

    graph = network.architecture.graph
    model = build_keras(graph, network.filters)
    return Resources(
        network=network,
        profiler_macs=operations.profiler_macs(model),
        peak_memory=peak,
        peak_activation_bytes=peak_activation_bytes(graph, network.filters),
        single=latency.measure_latency(model, 1, repeats),
        batched=latency.measure_latency(model, batch_size, BATCH_REPEATS),
    )
