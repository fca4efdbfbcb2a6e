"""What a person sees on a terminal: listings, help in sections, log lines, no library's chatter."""

import json
import os
import re
import subprocess
import sys

import pytest

from nasbench_templates.cli import progress
from nasbench_templates.networks.architecture import architectures


def test_a_pattern_lists_what_it_matches(call):
    _, out, _ = call("list", "networks", "resnet*", "vgg1?", "--format=json")
    rows = json.loads(out)
    expected = [*architectures.names("resnet*"), *architectures.names("vgg1?")]
    assert sorted(row["name"] for row in rows) == sorted(expected)
    assert {row["kind"] for row in rows} == {"architectures"}
    _, out, _ = call("list", "resnet*", "--format=json")
    assert {row["kind"] for row in json.loads(out)} == {"architectures", "cells"}


def test_nothing_that_matches_is_said(call):
    status, _, err = call("list", "zz*")
    assert status == 2
    assert "expected a name that matches zz*, found none" in err
    status, _, err = call("list", "nets")
    assert status == 2
    assert "networks" in err


def test_listings_fit_and_show_words(call):
    _, out, _ = call("list")
    assert max(map(len, out.splitlines())) <= 100
    assert "b flat" in out


@pytest.mark.parametrize("job", ["train", "evaluate", "match"])
def test_help_has_sections(call, job):
    _, out, _ = call(job, "--help")
    sections = re.findall("^([a-z ]+) flags", out, re.MULTILINE)
    assert sections[:2] == ["network", "matching"]
    assert sections[-1] == "output"
    if job != "match":
        assert sections[2:6] == ["data", "audio", "training", "devices and workers"]
        assert "--windows_ms=" not in out
        assert "--windows_ms=" in call(job, "--helpfull")[1]
    assert max(map(len, out.splitlines())) <= 100


def test_log_lines_are_the_messages(capsys):
    progress.start_logging()
    progress.logging.info("epoch %d", 1)
    progress.logging.warning("smoke run")
    assert capsys.readouterr().err == "epoch 1\nwarning: smoke run\n"


def _standard_error(*argv, **variables):
    # Who sets TensorFlow's level has chosen to see its messages.
    plain = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-m", "nasbench_templates", *argv],
        capture_output=True,
        text=True,
        env={**plain, **variables},
        check=True,
    )
    return done.stderr


@pytest.mark.slow
def test_training_says_what_takes_long_and_nothing_of_tensorflow_is_seen(tmp_path):
    flags = ("train", "--model=resnet20", "--dataset=digits", "--smoke", f"--output_dir={tmp_path}")
    lines = _standard_error(*flags).splitlines()
    for expected in ("loading TensorFlow", "reading data and building the network"):
        assert expected in lines
    chatter = r"cudart|oneDNN|cpu_feature|ptxas|absl::|\.cc:\d+|^[IWE]\d{4}"
    assert not [line for line in lines if re.search(chatter, line)]


@pytest.mark.slow
def test_who_sets_tensorflows_level_sees_its_messages():
    code = (
        "from nasbench_templates.support import quiet_tensorflow; quiet_tensorflow.install(); "
        "import tensorflow"
    )
    variables = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=variables, check=True
    )
    assert "absl::InitializeLog" in done.stderr
