"""The same runs through a real local Ray: same numbers, also where a worker is killed."""

import contextlib
import importlib.util
import re
import threading
import time

import pytest
import sweep_commands

from nasbench_templates.execution import ray_engine
from nasbench_templates.execution.ray_engine import RayOptions
from nasbench_templates.support.errors import ConfigError

HAS_RAY = importlib.util.find_spec("ray") is not None
FLAGS = (
    "--networks=resnet,best", "--seeds=0,1", "--epochs=8", "--deterministic",
)  # fmt: skip


def test_threads_are_the_cpus_and_a_part_of_a_card_leaves_the_rest():
    found = RayOptions(num_cpus=3, num_gpus=0.25).environment()
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "NPROC")
    assert {found[name] for name in names} == {"3"}
    assert found["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert found["XLA_PYTHON_CLIENT_MEM_FRACTION"] == "0.225"
    assert RayOptions(num_cpus=0.5).environment()["OMP_NUM_THREADS"] == "1"
    with pytest.raises(ConfigError, match="CPUs above 0"):
        RayOptions(num_cpus=0)


@pytest.mark.skipif(HAS_RAY, reason="Ray is installed here")
def test_without_ray_the_extra_is_named():
    with pytest.raises(ConfigError, match=r"nasbench_templates\[cluster\]"):
        ray_engine.maker(RayOptions())


def kill_a_worker(parent, killed):
    """Kills a process of Ray that has a run under way, once."""
    import psutil

    while not killed:
        try:
            below = psutil.Process(parent).children(recursive=True)
        except psutil.NoSuchProcess:
            return
        for each in below:
            with contextlib.suppress(psutil.Error):
                if "ray::_carry_out" in " ".join(each.cmdline()):
                    time.sleep(3)
                    each.kill()
                    killed.append(each.pid)
                    break
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.skipif(not HAS_RAY, reason="needs Ray: pip install 'nasbench_templates[cluster]'")
def test_ray_gives_the_local_numbers_also_where_a_worker_is_killed(tmp_path):
    local = sweep_commands.start(tmp_path / "local", *FLAGS)
    _, err = local.communicate(timeout=500)
    assert local.returncode == 0, err
    killed = []
    command = sweep_commands.start(tmp_path / "ray", *FLAGS, "--engine=ray", "--retries=2")
    killer = threading.Thread(target=kill_a_worker, args=(command.pid, killed))
    killer.start()
    _, err = command.communicate(timeout=500)
    killer.join()
    assert command.returncode == 0, err
    assert killed, "a worker was killed in mid-run"
    ours, theirs = (sweep_commands.finished(tmp_path / name) for name in ("local", "ray"))
    assert len(ours) == 4
    keys = ("val_accuracy", "test_accuracy", "epochs", "macs")
    assert {name: [content[key] for key in keys] for name, (_, content) in theirs.items()} == {
        name: [content[key] for key in keys] for name, (_, content) in ours.items()
    }
    epochs = [losses(tmp_path / name) for name in ("local", "ray")]
    assert epochs[0] == epochs[1]


def losses(folder):
    return {
        path.parent.name: re.findall(r'"loss": ([^,]+)', path.read_text())
        for path in folder.glob("runs/*/metrics.jsonl")
    }
