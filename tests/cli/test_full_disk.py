"""What is said where files cannot be written whole; a limit on sizes stands for a full disk."""

import resource
import subprocess
import sys

import pytest
import table_files

LIMIT_BYTES = 4096


def run(*arguments):
    """Runs a job that may write files of a few kilobytes only; returns its status and errors."""
    done = subprocess.run(
        [sys.executable, "-m", "nasbench_templates", *arguments],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, LIMIT_BYTES)),
    )
    return done.returncode, done.stderr.splitlines()[-1]


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_picture_is_named_and_not_left_half(tmp_path, form):
    path = tmp_path / f"widths.{form}"
    status, error = run("match", "--model=vgg11", f"--plot={path}")
    assert (status, error) == (1, f"nasbench-templates: error: File too large: {path}")
    assert list(tmp_path.iterdir()) == []


def test_atlas_is_named(tmp_path):
    path = tmp_path / "atlas.parquet"
    status, error = run("atlas", "--max_vertices=5", "--processes=1", f"--output={path}")
    assert status == 1
    assert error.startswith(f"nasbench-templates: error: File too large: {path}")
    assert not path.exists()


def test_imported_records_are_named(tmp_path):
    source = tmp_path / "table.tfrecord"
    table_files.write(source, table_files.rows(table_files.enumerated(300)))
    status, error = run("import_records", f"--source={source}", f"--output={tmp_path}/records")
    assert (status, error) == (1, f"nasbench-templates: error: File too large: {tmp_path}/records")
    assert [path.name for path in tmp_path.iterdir()] == [source.name]
