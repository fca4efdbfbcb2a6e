"""Results in one write, readers that leave, narrow encodings, full disks."""

import os
import socket
import subprocess
import sys

import image_files
import pytest
from train_runs import NETWORK, result_of

COMMAND = [sys.executable, "-m", "nasbench_templates"]


def shell(line, **environment):
    """Runs a line with the command as "$@"; returns what it printed."""
    done = subprocess.run(
        ["bash", "-c", line, "bash", *COMMAND],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
    )
    return done.stdout, done.stderr


def test_a_table_is_one_write():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        subprocess.run(
            [*COMMAND, "match", "--model=vgg19", "--format=csv"], stdout=theirs, check=True
        )
        theirs.close()
        # Every packet is one write.
        packets = list(iter(lambda: ours.recv(1 << 20).decode(), ""))
    (text,) = packets
    assert text.startswith("model,template,")
    assert text.endswith("\n")


def test_commands_that_append_to_one_file_do_not_mix(tmp_path):
    out, _ = shell(
        f'for i in 1 2 3 4; do "$@" match --model=vgg11 --format=csv >> {tmp_path}/t.csv & done; '
        f"wait; cat {tmp_path}/t.csv"
    )
    lines = out.splitlines()
    block = len(lines) // 4
    assert len(lines) == 4 * block
    assert all(lines[n * block : (n + 1) * block] == lines[:block] for n in range(4))


# Quick: the early leavers above.
@pytest.mark.slow
def test_finished_run_whose_reader_left_is_finished(tmp_path):
    line = f'"$@" train {{}} --dataset=digits --smoke --output_dir={tmp_path}/run'
    network = " ".join(f"'{each}'" for each in NETWORK)
    out, _ = shell(line.format(network) + ' 2>&1 | head -1; echo "${PIPESTATUS[0]}"')
    assert out.splitlines()[-1] == "0"
    assert "Traceback" not in out
    assert result_of(tmp_path / "run")["status"] == "finished"


@pytest.mark.parametrize("closed", ["| head -1", "2>&1 | head -1", "2>&1 | true", "2>&-"])
def test_early_leavers_are_no_failure(closed):
    out, err = shell(f'"$@" list {closed} >/dev/null; echo "${{PIPESTATUS[0]}}"')
    assert out.splitlines()[-1] == "0"
    assert "Traceback" not in err
    assert "Exception ignored" not in err


def test_full_disk_under_standard_output_is_named():
    out, err = shell('"$@" list > /dev/full; echo $?')
    assert out == "1\n"
    assert err == "nasbench-templates: error: No space left on device: standard output\n"


def test_names_beyond_the_encoding_are_escaped(tmp_path):
    image_files.write_classes(tmp_path / "Bäume", ("æther", "ohm_Ω"), count=10, size=4)
    out, err = shell(
        f'"$@" train --model=vgg11 --dataset=Bäume --data_dir={tmp_path} '
        f"--output_dir={tmp_path}/run --batch_size=999 --format=csv; echo $?",
        PYTHONIOENCODING="ascii",
    )
    assert "Traceback" not in err
    assert out.endswith("2\n")


@pytest.mark.parametrize("action", ["raise MemoryError", "raise ImportError('no room')"])
def test_too_little_memory_is_one_line(action):
    code = (
        "import sys; from nasbench_templates.cli import command\n"
        f"def act():\n    {action}\n"
        "sys.exit(command.ending('program', act))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("program: error: ")


def test_long_messages_lose_their_middle(capsys):
    from nasbench_templates.cli import command

    assert command.run(["match", f"--model={'x' * 1_000_000}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) < 11_000
    assert " characters) ... " in line


def test_full_disk_is_named_by_commands_that_print_line_by_line():
    _, err = shell('echo "{}" | "$@" inspect > /dev/full')
    assert err.splitlines()[-1] == (
        "nasbench-templates: error: No space left on device: standard output"
    )


def test_a_command_without_standard_error_works_and_keeps_messages_to_itself():
    out, _ = shell('"$@" enumerate --max_vertices=3 2>&-; echo $?')
    assert out.splitlines()[-1] == "0"
    out, _ = shell('"$@" match --model=nosuch 2>&-; echo $?')
    assert out == "2\n"
