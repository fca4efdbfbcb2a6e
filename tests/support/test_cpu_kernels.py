"""The choice of TensorFlow's CPU kernels, each in a process of its own."""

import os
import subprocess
import sys

import pytest

from nasbench_templates.support import cpu_kernels
from nasbench_templates.support.errors import ConfigError

pytest.importorskip("tensorflow")


def _run(script: str, value: str | None = None) -> str:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": "tensorflow"}
    environment.pop(cpu_kernels.VARIABLE, None)
    if value is not None:
        environment[cpu_kernels.VARIABLE] = value
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_rule_takes_onednn_where_there_is_avx2(monkeypatch, tmp_path):
    for flags, machine, expected in (
        ("flags\t: fpu avx avx2 fma", "x86_64", "1"),
        ("flags\t: fpu avx", "x86_64", None),
        ("Features\t: neon avx2", "aarch64", None),
        (None, "x86_64", None),
    ):
        monkeypatch.delenv(cpu_kernels.VARIABLE, raising=False)
        monkeypatch.setattr(cpu_kernels, "_is_loaded", lambda: False)
        monkeypatch.setattr(cpu_kernels.platform, "machine", lambda value=machine: value)
        monkeypatch.setattr(cpu_kernels, "_CPU_INFO", str(tmp_path / "cpuinfo"))
        (tmp_path / "cpuinfo").unlink(missing_ok=True)
        if flags is not None:
            (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{flags}\n\nprocessor\t: 1\n")
        cpu_kernels.choose()
        assert os.environ.get(cpu_kernels.VARIABLE) == expected


# Quick: the run that nothing stops in tests/cli/test_train_interruptions.py.
@pytest.mark.slow
@pytest.mark.parametrize(("value", "expected"), [("0", "eigen"), ("1", "onednn")])
def test_setting_of_the_user_stands(value, expected):
    script = (
        "import nasbench_templates.training.trainer\n"
        "from nasbench_templates.runs import provenance\n"
        "print(provenance.versions()['cpu_kernels'])"
    )
    assert _run(script, value) == expected


def test_resumed_run_keeps_its_kernels_whatever_the_user_set():
    script = (
        "from nasbench_templates.support import cpu_kernels\n"
        "cpu_kernels.use('eigen')\n"
        "assert cpu_kernels.current_name() is None\n"
        "import nasbench_templates.training.trainer\n"
        "print(cpu_kernels.current_name())\n"
        "cpu_kernels.use('eigen')\n"
        "cpu_kernels.check(None)\n"
        "try:\n"
        "    cpu_kernels.use('onednn')\n"
        "except ValueError as error:\n"
        "    print(error)"
    )
    name, message = _run(script, "1").splitlines()
    assert name == "eigen"
    assert message == (
        "expected TensorFlow with the CPU kernels that the run began with, onednn; this process "
        "computes with eigen: resume it in a new process, with TF_ENABLE_ONEDNN_OPTS=1"
    )


def test_run_of_unknown_kernels_resumes_on_those_that_tensorflow_takes(monkeypatch):
    monkeypatch.setattr(cpu_kernels, "_is_loaded", lambda: False)
    monkeypatch.setattr(cpu_kernels, "_has_avx2", lambda: True)
    monkeypatch.delenv(cpu_kernels.VARIABLE, raising=False)
    cpu_kernels.choose()
    cpu_kernels.use(None)
    assert cpu_kernels.VARIABLE not in os.environ
    monkeypatch.setenv(cpu_kernels.VARIABLE, "0")
    cpu_kernels.choose()
    cpu_kernels.use(None)
    assert os.environ[cpu_kernels.VARIABLE] == "0"


def test_unknown_kernels_are_refused():
    with pytest.raises(ConfigError, match="expected CPU kernels onednn or eigen, received 'mkl'"):
        cpu_kernels.use("mkl")
