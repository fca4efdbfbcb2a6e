"""Locks: one holder at a time, and none left by the dead."""

import errno
import fcntl
import pathlib
import signal
import subprocess
import sys
import threading

import pytest

from nasbench_templates.support import locks
from nasbench_templates.support.errors import ConfigError

HOLDER = (
    "import pathlib, sys, time\n"
    "from nasbench_templates.support import locks\n"
    "with locks.held(pathlib.Path(sys.argv[1]), pathlib.Path('run')):\n"
    "    print('held', flush=True)\n"
    "    time.sleep(60)\n"
)


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / ".lock")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_lock_of_a_living_process_is_refused(holder, tmp_path):
    with (
        pytest.raises(ConfigError, match=r"^run: expected no other process at work there"),
        locks.held(tmp_path / ".lock", pathlib.Path("run")),
    ):
        pass
    assert (tmp_path / ".lock").exists()


def test_one_that_waits_holds_the_lock_when_the_other_ends(holder, tmp_path):
    threading.Timer(0.2, holder.kill).start()
    with locks.held(tmp_path / ".lock", tmp_path, is_waiting=True) as is_held:
        assert is_held
        assert holder.wait() == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_killed_process_leaves_a_free_lock(holder, tmp_path):
    holder.kill()
    holder.wait()
    assert (tmp_path / ".lock").exists()
    with locks.held(tmp_path / ".lock", tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(OSError, match="full"), locks.held(tmp_path / ".lock", tmp_path):
        raise OSError("full")
    with locks.held(tmp_path / ".lock", tmp_path):
        pass


def test_lock_that_its_holder_removed_meanwhile_is_taken_anew(tmp_path, monkeypatch):
    path, original, removed = tmp_path / ".lock", fcntl.flock, []

    def flock(lock, operation):
        original(lock, operation)
        if not removed:
            path.unlink()
            removed.append(True)

    monkeypatch.setattr(fcntl, "flock", flock)
    with locks.held(path, tmp_path):
        assert path.exists()


def test_file_system_without_locks_is_used_without(tmp_path, monkeypatch):
    def flock(lock, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with locks.held(tmp_path / ".lock", tmp_path) as is_held:
        assert not is_held
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_place_of_a_lock_is_refused(tmp_path):
    target = tmp_path / "elsewhere"
    (tmp_path / ".lock").symlink_to(target)
    with (
        pytest.raises(ConfigError, match=r"\.lock: expected a lock of our own, found a symbolic"),
        locks.held(tmp_path / ".lock", tmp_path),
    ):
        pytest.fail("it was held")
    assert not target.exists()


def test_nothing_is_locked_where_nothing_can_be_written(tmp_path, monkeypatch):
    import filelock

    def refuse(*arguments, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    monkeypatch.setattr(locks.os, "access", lambda path, mode: False)
    with locks.held(tmp_path / ".lock", tmp_path) as is_held:
        assert not is_held
    monkeypatch.setattr(locks.os, "access", lambda path, mode: True)
    with pytest.raises(OSError, match="Read-only"), locks.held(tmp_path / ".lock", tmp_path):
        pytest.fail("it was held")
