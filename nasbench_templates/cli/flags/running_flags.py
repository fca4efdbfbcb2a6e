"""Flags that say how runs are carried out in this call; none of them is part of what a run is."""

import math
from typing import TYPE_CHECKING

from absl import flags, logging

from nasbench_templates.cli.flags import device_flag
from nasbench_templates.execution import processes
from nasbench_templates.runs.context import Context
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import checkpoints, devices

if TYPE_CHECKING:
    from nasbench_templates.training.distribution import Distribution

# Of these flags in --help.
SECTION = "devices and workers"
SECTION_OF = {"tensorboard": "output"}

_ALONE = "none"
_DISTRIBUTIONS = (_ALONE, "mirrored", "multi_worker")


def define_running_flags(flag_values: flags.FlagValues) -> None:
    """Defines the flags of devices, workers, limits and logs."""
    device_flag.define_device_flag(flag_values)
    flags.DEFINE_enum(
        "distribution", _ALONE, list(_DISTRIBUTIONS), "how several devices share each batch",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "workers",
        processes.AUTO,
        "processes that train several runs at the same time, the cores divided among them; auto: "
        "one for each core, one on GPUs. Sums over threads differ in their last bits, so numbers "
        "of a --deterministic run repeat with the same number of workers",
        flag_values=flag_values,
    )
    flags.register_validator(
        "workers",
        lambda text: text == processes.AUTO or (text.isdecimal() and int(text) >= 1),
        "expected auto or a number of at least 1",
        flag_values=flag_values,
    )
    flags.DEFINE_float(
        "max_train_seconds",
        None,
        "stop and save after so many seconds of this call's training, counted once for all its "
        "runs and workers from the first step's preparation on (default: none)",
        lower_bound=0.0,
        flag_values=flag_values,
    )
    flags.DEFINE_float(
        "checkpoint_interval_s",
        checkpoints.INTERVAL_S,
        "least number of seconds between two checkpoints; saving takes a twentieth of the time at "
        "most, unless this is 0: then every step is saved",
        lower_bound=0.0,
        flag_values=flag_values,
    )
    for name in ("max_train_seconds", "checkpoint_interval_s"):
        flags.register_validator(
            name, lambda value: value is None or not math.isnan(value), "expected a number",
            flag_values=flag_values,
        )  # fmt: skip


def define_tensorboard_flag(flag_values: flags.FlagValues, is_on: bool) -> None:
    """Defines whether logs for TensorBoard are written; `is_on` by default."""
    flags.DEFINE_bool(
        "tensorboard", is_on, "write logs for TensorBoard into each run's folder logs/",
        flag_values=flag_values,
    )  # fmt: skip


def context(flag_values: flags.FlagValues, *, is_held_refused: bool = False) -> Context:
    """Returns how runs are carried out; chooses this process's devices.

    Args:
        flag_values: parsed flags of `define_running_flags`.
        is_held_refused: whether a run that another process trains is an error.

    Raises:
        ConfigError: devices that are not there, or that cannot share batches.
    """
    kind = flag_values.distribution
    devices.keras_backend()
    devices.select(flag_values.device, kind != _ALONE)
    return Context(
        device=flag_values.device,
        max_train_seconds=flag_values.max_train_seconds,
        checkpoint_interval_s=flag_values.checkpoint_interval_s,
        has_event_logs=flag_values.tensorboard,
        is_held_refused=is_held_refused,
        distribution=None if kind == _ALONE else _distribution(kind),
    )


def num_workers(flag_values: flags.FlagValues, num_runs: int) -> int:
    """Returns how many processes train.

    Raises:
        ConfigError: several, where several devices share each batch.
    """
    text = flag_values.workers
    if flag_values.distribution != _ALONE:
        if text not in (processes.AUTO, "1"):
            raise ConfigError(
                f"expected --workers=1 with --distribution={flag_values.distribution}, whose "
                f"devices share each batch, received {text}"
            )
        return 1
    if num_runs == 1:
        return 1
    has_gpu = text == processes.AUTO and _may_have_gpu(flag_values.device)
    return processes.num_workers(text, num_runs, has_gpu=has_gpu)


def _may_have_gpu(device: str) -> bool:
    if device == "cpu":
        return False
    # Asking the backend would start it in this process; the driver's devices tell enough.
    return device.startswith("gpu") or processes.has_gpu_driver()


def _distribution(kind: str) -> "Distribution":
    if devices.keras_backend() != "tensorflow":
        raise ConfigError(f"--distribution={kind} needs KERAS_BACKEND=tensorflow")
    from nasbench_templates.training.distribution import make_distribution

    distribution = make_distribution(kind)
    logging.info("distribution: %s, %d replicas, this is worker %d of %d", kind,
                 distribution.num_replicas, distribution.worker,
                 distribution.num_workers)  # fmt: skip
    return distribution
