"""Which kernels TensorFlow computes with on a CPU: oneDNN's or its own (Eigen).

The choice is TensorFlow's environment variable `TF_ENABLE_ONEDNN_OPTS`, read once when TensorFlow
is imported. TensorFlow takes oneDNN only where a CPU has instructions for short integers or
bfloat16 (AVX512_VNNI and later); the rule here takes it wherever there is AVX2. Packages of ours
that load Keras call `choose` when they are imported.

Source of the rule: steps of 64 images in float32 with oneDNN held to AVX2 took 0.48 to 0.6 of
Eigen's time for NAS-Bench cells on 32x32 images and on 8x8 digits, with one thread as with two; 0.5
for VGG-19 and ResNet-20, 0.7 for MobileNetV2 (`benchmarks/README.md`).
"""

import os
import platform
import sys

from nasbench_templates.support.errors import ConfigError

VARIABLE = "TF_ENABLE_ONEDNN_OPTS"
ONEDNN, EIGEN = "onednn", "eigen"
_VALUES = {ONEDNN: "1", EIGEN: "0"}
_CPU_INFO = "/proc/cpuinfo"
# So that a value of the user's is told from one that was set here.
_chosen: set[str] = set()


def choose() -> None:
    """Switches oneDNN on where it is known to be faster and the user has said nothing.

    Too late, and without any effect, once TensorFlow is imported.
    """
    if VARIABLE not in os.environ and not _is_loaded() and _has_avx2():
        os.environ[VARIABLE] = _VALUES[ONEDNN]
        _chosen.add(VARIABLE)


def use(name: str | None) -> None:
    """Takes the kernels that a run began with, so that resuming it does not change its numbers.

    This overrides the user's setting: the numbers of half a run must not depend on a variable.

    Args:
        name: what `name` returned then; `None`: what TensorFlow or the user decides, as before
            runs stored it.

    Raises:
        ConfigError: TensorFlow was imported with others before; or an unknown name.
    """
    if name is not None and name not in _VALUES:
        raise ConfigError(f"expected CPU kernels {ONEDNN} or {EIGEN}, received {name!r}")
    if _is_loaded():
        check(name)
    elif name is not None:
        os.environ[VARIABLE] = _VALUES[name]
    elif VARIABLE in _chosen:
        del os.environ[VARIABLE]
        _chosen.clear()


def check(name: str | None) -> None:
    """Checks that TensorFlow computes with the kernels that a run began with.

    Args:
        name: what `name` returned then; `None` where that is not known.

    Raises:
        ConfigError: it does not.
    """
    current = current_name()
    if name is not None and current is not None and name != current:
        raise ConfigError(
            f"expected TensorFlow with the CPU kernels that the run began with, {name}; this "
            f"process computes with {current}: resume it in a new process, with "
            f"{VARIABLE}={_VALUES.get(name, '')}"
        )


def current_name() -> str | None:
    """Returns `"onednn"` or `"eigen"`, or `None` while TensorFlow is not imported."""
    if not _is_loaded():
        return None
    # The variable may have changed since; this is what TensorFlow itself goes by.
    from tensorflow.python.util import _pywrap_util_port

    return ONEDNN if _pywrap_util_port.IsMklEnabled() else EIGEN


def _is_loaded() -> bool:
    return "tensorflow" in sys.modules


def _has_avx2() -> bool:
    if platform.machine() not in ("x86_64", "AMD64"):
        return False
    try:
        # The first core's lines are enough; reading all of them takes long on large machines.
        with open(_CPU_INFO, encoding="utf-8", errors="replace") as file:
            flags = next((line for line in file if line.startswith("flags")), "")
    except OSError:
        return False
    return "avx2" in flags.split()
