"""What needs no model works where TensorFlow and Keras are not installed, and says so elsewhere."""

import subprocess
import sys

import pytest

PRELUDE = (
    "import sys\n"
    "for name in ('tensorflow', 'keras', 'jax', 'tensorboardX'): sys.modules[name] = None\n"
    "from nasbench_templates.__main__ import main\n"
)
RECORD = (
    "module_hash,module_adjacency,module_operations,epochs,test_accuracy\n"
    "b5fb4f6193360330b6ff6a52cbf0cad7,,,108,0.9\n"
)


def run(folder, *commands):
    code = PRELUDE + "\n".join(f"assert main({list(each)!r}) == 0, {each!r}" for each in commands)
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )


def test_jobs_without_a_model_run_without_tensorflow(tmp_path):
    (tmp_path / "records.csv").write_text(RECORD, "utf-8")
    (tmp_path / "cells.jsonl").write_text(
        '{"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["input", "maxpool3x3", "output"]}\n'
    )
    done = run(
        tmp_path,
        ["match", "--cell=best", "--plot=widths.svg"],
        ["inspect", "--input=cells.jsonl", "--plot=cell.svg"],
        ["enumerate", "--max_vertices=4", "--format=csv", "--output=cells.csv"],
        ["atlas", "--max_vertices=3", "--output=atlas.parquet"],
        ["query", "--records=records.csv", "--hash=b5fb4f6193360330b6ff6a52cbf0cad7"],
        ["cost", "--model=mobilenet_v2"],
        ["cost", "--cell=best", "--format=json"],
        ["list"],
    )
    assert done.returncode == 0, done.stderr
    assert "2,270,794" in done.stdout  # MobileNetV2's parameters


@pytest.mark.parametrize(
    ("job", "hint"),
    [
        ("train --model=vgg11 --dataset=digits --output_dir=run", "pip install tensorflow"),
        ("cost --model=applications:VGG16", "pip install 'nasbench_templates_core[training]'"),
    ],
)
def test_what_needs_it_says_what_to_install(tmp_path, job, hint):
    done = run(tmp_path, job.split())
    assert done.returncode == 1
    assert hint in done.stderr
    assert "damaged" not in done.stderr
