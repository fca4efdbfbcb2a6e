"""Starts the job sweep as users do, and reads what it left."""

import json
import subprocess
import sys

SMALL = (
    "--stem_filters=4", "--num_stacks=1", "--num_modules_per_stack=1", "--datasets=digits",
    "--workers=2", "--format=csv",
)  # fmt: skip


def start(folder, *flags, log=None, out=None):
    """Starts a sweep into a folder, in a session of its own; its output goes to pipes or files."""
    command = [sys.executable, "-m", "nasbench_templates", "sweep", *SMALL, *flags]
    return subprocess.Popen(
        [*command, f"--output_dir={folder}"],
        stdout=out or log or subprocess.PIPE,
        stderr=log or subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def children_of(pid):
    """Returns the worker processes of a command."""
    found = subprocess.run(
        ["pgrep", "-P", str(pid), "-f", "spawn_main"], capture_output=True, text=True, check=False
    )
    return [int(each) for each in found.stdout.split()]


def finished(folder):
    """Returns the run folders with a finished result: name -> when it was written, its content."""
    found = {}
    for path in folder.glob("runs/*/result.json"):
        content = json.loads(path.read_text())
        if content["status"] == "finished":
            found[path.parent.name] = path.stat().st_mtime_ns, content
    return found
