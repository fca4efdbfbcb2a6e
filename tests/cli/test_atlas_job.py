import csv
import json
import resource
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from nasbench_templates.__main__ import main
from nasbench_templates.support import locks

RECORDS = (
    "module_hash,module_adjacency,module_operations,trainable_parameters,"
    "final_training_time,val_acc_108\n"
    "b49ac8c578b4561d79ac7087988f1c61,010;001;000,input|conv3x3-bn-relu|output,10177674,1,0.9\n"
    "d1269d9156ddc027c40473008192958a,010;001;000,input|conv1x1-bn-relu|output,1920138,1,0.8\n"
)


@pytest.fixture
def call(capsys, tmp_path):
    def run(*flags, status=0):
        argv = ["atlas", "--max_vertices=3", "--processes=1", f"--output={tmp_path}/a.parquet"]
        assert main([*argv, *flags]) == status
        captured = capsys.readouterr()
        return captured.out, captured.err

    return run


@pytest.fixture
def records(tmp_path):
    file = tmp_path / "records.csv"
    file.write_text(RECORDS)
    return f"--records={file}"


def test_writes_the_file_and_prints_a_summary(call, tmp_path):
    out, err = call("--templates=base,d")
    assert "7 cells under 2 templates" in err
    assert pq.read_metadata(tmp_path / "a.parquet").num_rows == 14
    assert "gap publ. FLOPs %" in " ".join(out.split())
    assert "d bulge" in out
    rows = [line.split() for line in out.splitlines()]
    assert ["base", "7"] in [row[:2] for row in rows]


def test_a_second_call_changes_nothing(call, tmp_path):
    first, _ = call("--format=json")
    before = (tmp_path / "a.parquet").stat()
    second, err = call("--format=json")
    assert second == first
    assert "is finished, nothing to do" in err
    assert (tmp_path / "a.parquet").stat() == before


def test_file_that_another_process_writes_is_refused(call, tmp_path):
    with locks.held(tmp_path / "a.parquet.lock", tmp_path):
        _, err = call(status=2)
    assert "a.parquet: expected no other process at work there" in err
    assert list(tmp_path.iterdir()) == []


def test_other_settings_replace_the_file(call):
    (_, half), _ = (json.loads(call("--templates=base,b", f"--budget={budget}", "--format=json")[0])
                    for budget in ("0.5x", "1x"))  # fmt: skip
    out, err = call("--templates=base,b", "--budget=0.5x", "--format=json")
    assert "other settings and is replaced" in err
    assert json.loads(out)[1] == half
    assert half["largest_gap"] <= 0


def test_missing_networks_are_told(call):
    out, err = call("--templates=base,d", "--budget=1000", "--format=csv")
    assert "template d: 7 cells without a network: the smallest network is above the budget" in err
    rows = list(csv.DictReader(out.splitlines()))
    assert (rows[1]["cells"], rows[1]["without_network"], rows[1]["median_peak"]) == ("0", "7", "")


def test_pareto_view(call, records, tmp_path):
    picture = tmp_path / "front.svg"
    flags = ["--templates=base,d", "--view=pareto", records, f"--plot={picture}"]
    out, err = call(*flags, "--format=json")
    assert "2 of 7 cells have a record, 2 are on the front" in err
    small, large = json.loads(out)
    assert small["hash"] == "d1269d9156ddc027c40473008192958a"
    assert (large["validation_accuracy"], large["trainable_params_base"]) == (0.9, 10_177_674)
    assert picture.read_text().lstrip().startswith("<?xml")
    table, _ = call(*flags)
    rows = [line.split()[:4] for line in table.splitlines()]
    assert rows[5] == [small["hash"], "80.00", "1", "1,920,138"]


@pytest.mark.parametrize(
    ("flags", "status", "message"),
    [
        (["--output="], 2, "expected a file for --output"),
        (["--output=/proc"], 2, "expected a file to write, found a folder"),
        (["--view=pareto"], 2, "expected --records=FILE, received none"),
        (["--view=pareto", "--templates=d"], 2, "expected base among the templates"),
        (["--view=pareto", "--records=/nowhere"], 2, "/nowhere does not exist"),
        (["--records=/nowhere"], 2, "expected --view=pareto with them"),
        (["--templates=z"], 2, "unknown template 'z'"),
        (["--budget=1e25"], 1, "choose a smaller budget"),
        (["--num_stacks=1"], 2, "expected at least 2 slots"),
        (["--order=given"], 2, "Unknown command line flag 'order'"),
        (["--output=/proc/none/a.parquet"], 1, "/proc/none"),
        (["extra"], 2, "expected flags only"),
    ],
)
def test_bad_input_is_refused_and_leaves_nothing(call, tmp_path, flags, status, message):
    _, err = call(*flags, status=status)
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_cannot_be_written_is_refused_before_work(call, records, tmp_path):
    _, err = call("--view=pareto", records, "--plot=x.docx", status=2)
    assert "expected a file name in" in err
    assert not (tmp_path / "a.parquet").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("job", "flags", "wall_seconds"),
    [("enumerate", (), 20), ("atlas", ("--templates=a,b,c,d,e",), 30)],
)
def test_the_whole_space_in_the_time_promised_for_two_cores(tmp_path, job, flags, wall_seconds):
    # Processor time, so that other work on the machine does not count.
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "nasbench_templates", job, *flags]
    subprocess.run([*command, f"--output={tmp_path}/out", "--processes=2"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert worked < 2 * wall_seconds
    assert (tmp_path / "out").stat().st_size > 10_000_000
