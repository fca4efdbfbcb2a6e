"""What a figure depends on besides what was asked for."""

import platform
from importlib import metadata

from nasbench_templates.support import cpu_kernels, version
from nasbench_templates.training import devices


def versions() -> dict[str, str]:
    """Returns the versions of Python, this package and the libraries that compute, by name.

    Where TensorFlow is loaded, `cpu_kernels` says which kernels it has on a CPU.
    """
    found = {
        "python": platform.python_version(),
        "nasbench_templates": version.__version__,
    }
    for name in ("keras", "numpy", devices.keras_backend()):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            # A build of the same library under another distribution's name, such as tensorflow-cpu.
            found[name] = getattr(__import__(name), "__version__", "unknown")
    kernels = cpu_kernels.current_name()
    if kernels is not None:
        found["cpu_kernels"] = kernels
    return found
