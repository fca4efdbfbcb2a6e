"""Signals as a request to stop: which are noted, and what the status is."""

import os
import signal
import subprocess
import sys

import pytest

from nasbench_templates.cli import stop_signals

NAMES = ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2")


@pytest.fixture(autouse=True)
def taken():
    """Every signal as a terminal leaves it, whatever started the tests."""
    before = {name: signal.signal(getattr(signal, name), signal.SIG_DFL) for name in NAMES}
    yield
    for name, handler in before.items():
        signal.signal(getattr(signal, name), handler)


@pytest.mark.parametrize("name", NAMES)
def test_first_signal_is_noted_while_there_is_something_to_save(name):
    with stop_signals.StopSignals() as signals:
        signals.hold()
        os.kill(os.getpid(), getattr(signal, name))
        assert signals.name == name
    assert stop_signals.status(name) == 128 + getattr(signal, name)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"])
def test_before_there_is_anything_a_signal_ends_the_call_with_its_status(name):
    with pytest.raises(SystemExit) as ended, stop_signals.StopSignals():
        os.kill(os.getpid(), getattr(signal, name))
    assert ended.value.code == 128 + getattr(signal, name)


def test_second_signal_ends_at_once_with_its_own_status(caplog):
    with pytest.raises(SystemExit) as ended:
        _stop_twice()
    assert ended.value.code == 128 + signal.SIGTERM
    assert "SIGTERM: ended at once, back to the last checkpoint" in caplog.text


def _stop_twice():
    with stop_signals.StopSignals() as signals:
        signals.hold()
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)


def test_closed_terminal_under_nohup_is_ignored():
    code = (
        "import os, signal\n"
        "from nasbench_templates.cli.stop_signals import StopSignals\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with StopSignals() as signals:\n"
        "    signals.hold(); os.kill(os.getpid(), signal.SIGHUP)\n"
        "    assert signals.name is None\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
