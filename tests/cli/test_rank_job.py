import csv
import json

import pytest
from helpers import record_files

from nasbench_templates.__main__ import main


@pytest.fixture
def call(tmp_path, capsys):
    records = tmp_path / "records.csv"
    rows = [(key, 0.9 - place / 100, 1) for place, key in enumerate(record_files.OPERATION_OF)]
    records.write_text(record_files.val_csv(*rows))

    def run(*flags, status=0):
        argv = [
            "rank", f"--records={records}", "--dataset=digits", "--stem_filters=4",
            "--num_stacks=2", "--num_modules_per_stack=1", "--batch_size=8", "--processes=1",
            f"--output_dir={tmp_path}/out", "--cells=3", "--bootstrap=50",
        ]  # fmt: skip
        assert main([*argv, *flags]) == status
        captured = capsys.readouterr()
        return captured.out, captured.err

    return run


def test_scores_cells_and_writes_the_table(call, tmp_path):
    out, _ = call("--scores=params,macs", "--format=json")
    rows = json.loads(out)
    assert [row["score"] for row in rows] == ["params", "macs"]
    # The pool has fewest parameters and the highest made-up accuracy, the 3x3 convolution most.
    assert rows[0]["spearman"] == -0.5
    assert rows[0]["published_abs_spearman"] is None
    lines = (tmp_path / "out/scores.jsonl").read_text().splitlines()
    assert len(lines) == 4
    again, _ = call("--scores=params,macs", "--format=json")
    assert again == out
    assert (tmp_path / "out/scores.jsonl").read_text().splitlines() == lines
    assert len(list(csv.DictReader((tmp_path / "out/results.csv").open()))) == 2
    assert "| macs | 3 |" in (tmp_path / "out/results.md").read_text()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--cells=4"], "expected --cells in 1..3"),
        (["--cells=none.txt"], "does not exist"),
        (["--scores=snipp"], "snip"),
        (["--batch_size=5000"], "--batch_size of at most"),
        (["--template=zz"], "template"),
    ],
)
def test_refuses_before_it_scores(call, flags, message, tmp_path):
    _, err = call("--scores=params", *flags, status=2)
    assert message in err
    assert not (tmp_path / "out/scores.jsonl").exists()


def test_templates_change_the_networks_and_need_a_folder_of_their_own(call):
    base, _ = call("--scores=params", "--format=csv")
    _, err = call("--scores=params", "--template=c", "--n_min=2", status=2)
    assert "differ in match, template (there base, asked for c); choose another folder" in err
    _, err = call("--scores=params", "--stem_filters=8", status=2)
    assert "scores that differ in stem_filters (there 4, asked for 8); choose another" in err
    assert base
