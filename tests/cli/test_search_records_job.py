import csv
import json

import pytest
from helpers import record_files

import nasbench_templates as nt
from nasbench_templates.__main__ import main


@pytest.fixture
def records(tmp_path):
    path = tmp_path / "records.csv"
    rows = [(key, 0.9 + place / 100, 1) for place, key in enumerate(record_files.OPERATION_OF)]
    path.write_text(record_files.val_csv(*rows))
    return path


def call(capsys, records, *flags, status=0):
    argv = ["search_records", f"--records={records}", "--runs=3", "--simulated_seconds=25"]
    assert main([*argv, *flags]) == status
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_writes_curves_and_plot_and_prints_a_summary(capsys, records, tmp_path):
    flags = (f"--output={tmp_path}/curves.csv", f"--plot={tmp_path}/regret.svg")
    out, err = call(capsys, records, *flags)
    assert "repeated cells charged" in out
    assert f"evolution: best cell of all runs {record_files.C}, mean accuracy of its" in out
    assert "an extract" in err
    rows = list(csv.DictReader((tmp_path / "curves.csv").open()))
    assert {row["strategy"] for row in rows} == {"random", "evolution", "local"}
    assert float(rows[-1]["simulated_seconds"]) == 25
    medians = [float(row["median"]) for row in rows if row["strategy"] == "random"]
    assert medians == sorted(medians, reverse=True)
    assert min(medians) >= 0
    assert (tmp_path / "regret.svg").read_text().startswith("<?xml")


def test_json_has_settings_and_counts_and_is_what_the_face_finds(capsys, records):
    out, _ = call(capsys, records, "--strategies=random", "--format=json", "--seed=3")
    content = json.loads(out)
    assert content["settings"]["seed"] == 3
    found = nt.search_records(records, "random", runs=3, simulated_seconds=25, seed=3)
    assert content["strategies"] == [summary._asdict() for summary in found.summaries()]
    (line,) = content["strategies"]
    assert line["evaluations"] == 26
    assert line["outside"] > 0
    # The last of the three has the highest accuracy.
    assert line["best_hash"] == record_files.C
    assert (line["best_template"], line["best_accuracy"]) == ("base", pytest.approx(0.92))
    assert list(found.to_pandas()) == [
        "strategy", "simulated_seconds", "runs", "mean", "median", "q25", "q75",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--minimize=macs"], "expected least_accuracy (--least_accuracy) with the lowest macs"),
        (["--templates=base,a"], "no record says"),
        (["--simulated_seconds=1"], "longest training"),
        (["--epochs=7"], "a budget among"),
        (["--strategies=guess"], "search strategy 'guess'"),
        (["--plot=x.doc"], "expected a file name in"),
        (["--records=a,b"], "does not exist"),
    ],
)
def test_refuses_before_it_searches(capsys, records, flags, message):
    _, err = call(capsys, records, *flags, status=2 if flags[0] != "--epochs=7" else 1)
    assert message in err
