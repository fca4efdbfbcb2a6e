"""The job `compare`, called as a user calls it."""

import csv
import io
import json
import types

import own_runs
import pytest

from nasbench_templates.__main__ import main

GRAPHS = {
    "53cee42601ad14d661bb6878031d6acb": "010;001;000,input|maxpool3x3|output",
    "b49ac8c578b4561d79ac7087988f1c61": "010;001;000,input|conv3x3-bn-relu|output",
    "d1269d9156ddc027c40473008192958a": "010;001;000,input|conv1x1-bn-relu|output",
    "6f6257bc3b12d87b8736e81cd4b7ed8b": "011;001;000,input|maxpool3x3|output",
    "d32d0b26d534203b48d866facd98cc3e": "011;001;000,input|conv3x3-bn-relu|output",
}
HASHES = list(GRAPHS)
OURS = (0.25, 0.5, 0.375, 0.625)  # the middle two are exchanged
KNOWN = (0.5, 0.625, 0.75, 0.875)


def write_table(path, cells, params=5356):
    """Writes a record extract of cells `(hash, accuracy at 4 epochs, at 108)`; "" is absent."""
    columns = (
        "module_hash,module_adjacency,module_operations,trainable_parameters,"
        "final_training_time,val_acc_4,val_acc_108"
    )
    lines = [
        f"{key},{GRAPHS[key]},{params},{9 if late else ''},{early},{late}"
        for key, early, late in cells
    ]
    path.write_text("\n".join([columns, *lines]) + "\n")
    return path


@pytest.fixture
def call(capsys):
    def run(*argv):
        status = main(["compare", *argv])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def results(tmp_path):
    cells = [(key, value, "") for key, value in zip(HASHES, OURS, strict=False)]
    return write_table(tmp_path / "ours.csv", cells)


@pytest.fixture
def records(tmp_path):
    cells = [(key, 0.1, value) for key, value in zip(HASHES, KNOWN, strict=False)]
    return write_table(tmp_path / "known.csv", cells)


def test_folders_of_different_networks_are_named_with_the_cell(call, tmp_path, results, records):
    other = write_table(tmp_path / "other.csv", [(HASHES[0], 0.5, "")], params=99)
    status, _, err = call(f"--results={results},{other}", f"--records={records}")
    assert status == 1
    assert f"{HASHES[0]}: expected one parameter count, received 5356 in {results}" in err
    assert f"and 99 in {other}" in err


def test_a_table_that_is_none_names_the_columns_of_ones_own(call, tmp_path, records):
    table = tmp_path / "t.csv"
    table.write_text("cell,accuracy\nresnet,0.5\n")
    status, _, err = call(f"--results={table}", f"--records={records}")
    assert status == 1
    assert "t.csv: line 1: expected a NAS-Bench-101 extract with a column val_acc_108" in err
    assert "module_hash, epochs and one of training_time, train_accuracy" in err
    assert "received the columns cell, accuracy" in err


def test_json_holds_cells_and_summary(call, results, records):
    status, out, _ = call(
        f"--results={results}", f"--records={records}", "--bootstrap=200", "--format=json"
    )
    content = json.loads(out)
    assert status == 0
    assert list(content) == ["split", "budget", "results_budget", "summary", "cells"]
    assert (content["budget"], content["results_budget"]) == (108, 4)
    assert content["cells"][1] == {
        "module_hash": HASHES[1],
        "accuracy": {"mean": 0.5, "std": None, "values": [0.5]},
        "record_accuracy": {"mean": 0.625, "std": None, "values": [0.625]},
        "difference": -0.125,
        "trainable_params": 5356,
        "record_trainable_params": 5356,
        "params_equal": True,
    }
    summary = content["summary"]
    assert summary["num_cells"] == 4
    # One exchange of neighbours among four: 1 - 6 * 2 / (4 * 15), and 5 - 1 of 6 pairs.
    assert summary["spearman"]["value"] == pytest.approx(0.8)
    assert summary["kendall"]["value"] == pytest.approx(4 / 6)
    low, high = summary["spearman"]["interval"]
    assert low < 0.8 < high
    assert summary["mean_absolute_difference"] == pytest.approx((2 * 0.25 + 0.125 + 0.375) / 4)


def test_same_seed_same_intervals(call, results, records):
    arguments = (f"--results={results}", f"--records={records}", "--bootstrap=50", "--format=json")
    first, second, other = (call(*arguments, f"--seed={seed}")[1] for seed in (1, 1, 2))
    assert first == second != other


def test_budget_chooses_the_records_runs(call, results, records):
    _, out, _ = call(f"--results={results}", f"--records={records}", "--budget=4", "--format=json")
    content = json.loads(out)
    assert {cell["record_accuracy"]["mean"] for cell in content["cells"]} == {0.1}
    assert content["summary"]["spearman"] == {"value": None, "interval": None}


def test_different_epochs_are_warned_of(call, results, records):
    arguments = (f"--results={results}", f"--records={records}", "--bootstrap=0", "--format=json")
    _, out, err = call(*arguments)
    assert json.loads(out)["results_budget"] == 4
    assert "our runs have 4 epochs, the records' 108" in err
    assert "our runs have" not in call(*arguments, "--budget=4")[2]


def test_table_says_why_there_is_no_correlation(call, results, records):
    arguments = (f"--results={results}", f"--records={records}")
    _, out, _ = call(*arguments, "--budget=4")
    assert "no rank correlation: all accuracies of one side are equal" in out
    write_table(records, [(HASHES[0], 0.1, 0.5)])
    _, out, _ = call(*arguments)
    assert "no rank correlation: expected at least 3 cells" in out
    assert "cells in common: 1" in out


def test_table_flags_other_networks(call, results, records):
    results.write_text(results.read_text().replace("5356", "5357", 1))
    _, out, _ = call(f"--results={results}", f"--records={records}", "--bootstrap=10")
    said = [word for word in out.split() if word in ("DIFFERENT", "equal")]
    assert said == ["DIFFERENT", "equal", "equal", "equal"]
    assert "1 cells differ in trainable parameters" in out
    assert "Spearman's rho: 0.8000 (95% interval" in out


def test_csv_has_cells_only_and_the_summary_is_a_message(call, results, records):
    status, out, err = call(
        f"--results={results}", f"--records={records}", "--bootstrap=0", "--format=csv"
    )
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert [row["module_hash"] for row in rows] == HASHES[:4]
    assert rows[0]["accuracy_mean"] == "0.25"
    assert rows[0]["record_accuracy_values"] == "0.5"
    assert "Kendall's tau-b: 0.6667" in err


def test_seeds_in_several_results(call, results, records, tmp_path):
    more = write_table(tmp_path / "more.csv", [(HASHES[0], 0.75, "")])
    _, out, _ = call(
        f"--results={results},{more}", f"--records={records}", "--bootstrap=0", "--format=json"
    )
    assert json.loads(out)["cells"][0]["accuracy"]["values"] == [0.25, 0.75]


def test_first_source_of_records_counts(call, results, records, tmp_path):
    more = write_table(tmp_path / "more.csv", [(HASHES[0], 0.1, 0.75), (HASHES[4], 0.1, 0.5)])
    _, out, _ = call(
        f"--results={results}", f"--records={records},{more}", "--bootstrap=0", "--format=json"
    )
    assert json.loads(out)["cells"][0]["record_accuracy"]["values"] == [0.5]


def test_records_may_be_a_store(call, results, records, tmp_path, capsys):
    store = tmp_path / "store"
    assert main(["import_records", f"--source={records}", f"--output={store}"]) == 0
    capsys.readouterr()
    arguments = (f"--results={results}", "--bootstrap=20", "--format=json")
    assert call(*arguments, f"--records={store}")[1] == call(*arguments, f"--records={records}")[1]


def test_plot_shows_a_point_for_each_cell(call, results, records, tmp_path):
    target = tmp_path / "new" / "plot.svg"
    arguments = (f"--results={results}", f"--records={records}", "--bootstrap=0")
    status, _, _ = call(*arguments, f"--plot={target}")
    text = target.read_text()
    assert status == 0
    points = text[text.index("PathCollection_1") :]
    assert points[: points.index("</g>\n   </g>")].count("<use ") == 4


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--records={records}"], 2, "expected --results=..., received none"),
        (["--results={results}"], 2, "expected --records=..., received none"),
        (["--results=none.csv", "--records={records}"], 2, "--results: expected a file or folder"),
        (["--results={results}", "--records={records}", "--budget=0"], 2, "budget"),
        (["--results={results}", "--records={records}", "--budget=5"], 1, "in the records at 5"),
        (["--results={results}", "--records={records}", "--plot="], 2, "expected a file for"),
        (["--results={results}", "--records={records}", "--split=test"], 1, "found none among 4"),
        (["--results={results}", "--records={records}", "--results_budget=9"], 1, "at 9 epochs"),
    ],
)
def test_wrong_usage(call, results, records, arguments, status, message):
    filled = [each.format(results=results, records=records) for each in arguments]
    answer, out, err = call(*filled)
    assert (answer, out) == (status, "")
    assert message in err


def test_a_second_source_of_real_trainings_agrees_with_the_benchmark(call, data_folder):
    status, out, _ = call(
        f"--results={data_folder}/ec_nas_4epochs/ec_nas_4v5v_4epochs.csv.gz",
        f"--records={data_folder}/nasbench101/nasbench101_val_25001.csv.gz",
        "--budget=4", "--bootstrap=200", "--format=json",
    )  # fmt: skip
    summary = json.loads(out)["summary"]
    assert status == 0
    assert (summary["num_cells"], summary["num_different_params"]) == (157, 0)
    # Computed once with pandas and SciPy alone from the two files.
    assert summary["spearman"]["value"] == pytest.approx(0.6914581, abs=1e-6)
    assert summary["kendall"]["value"] == pytest.approx(0.4907294, abs=1e-6)
    assert summary["mean_absolute_difference"] == pytest.approx(0.1334671, abs=1e-6)


def write_run(folder, dataset="digits", stem=16, shape=(8, 8, 1), modules=1):
    """A finished run of the first of our cells."""
    adjacency, operations = GRAPHS[HASHES[0]].split(",")
    matrix = [[int(bit) for bit in row] for row in adjacency.split(";")]
    cell = types.SimpleNamespace(matrix=matrix, ops=operations.split("|"))
    nodes = [
        {"name": "image"},
        {"name": "stem_conv", "filters": stem},
        {"name": f"stack2_module{modules - 1}_v1", "filters": 5},
    ]
    own_runs.write_run(
        folder / "runs" / "x", cell, epochs=3, dataset=dataset, shape=shape, nodes=nodes
    )
    return folder


def test_other_data_and_another_network_are_warned_of(call, records, tmp_path):
    ours = write_run(tmp_path / "ours")
    arguments = (f"--records={records}", "--bootstrap=0", "--format=json")
    status, _, err = call(f"--results={ours}", *arguments)
    assert status == 0
    for text in (
        "the data set is digits, not cifar10",
        "images are 8x8x1, not 32x32x3",
        "the network has a stem of 16 filters and 3 stacks of 1 cells, "
        "not a stem of 128 filters and 3 stacks of 3 cells",
        "our runs have 3 epochs, the records' 108",
    ):
        assert text in err
    same = write_run(tmp_path / "same", dataset="cifar10", stem=128, shape=(32, 32, 3), modules=3)
    _, _, err = call(f"--results={same}", *arguments)
    assert "our runs have 3 epochs" in err
    for text in ("data set", "images are", "the network has"):
        assert text not in err


def test_a_store_of_own_results_is_not_taken_for_the_benchmark(call, records, tmp_path, capsys):
    ours = write_run(tmp_path / "ours")
    assert main(["import_records", f"--source={ours}", f"--output={tmp_path / 'store'}"]) == 0
    own = tmp_path / "own.csv"
    own.write_text(f"module_hash,epochs,validation_accuracy\n{HASHES[0]},108,0.5\n")
    capsys.readouterr()
    for results in (tmp_path / "store", own):
        status, _, err = call(f"--results={results}", f"--records={records}", "--bootstrap=0")
        assert status == 0
        assert "data set" not in err


def test_the_smallest_own_table_is_compared(call, records, tmp_path):
    own = tmp_path / "own.csv"
    rows = [f"{key},20,{value}" for key, value in zip(HASHES, OURS, strict=False)]
    own.write_text("\n".join(["module_hash,epochs,validation_accuracy", *rows, rows[0]]))
    status, out, err = call(
        f"--results={own}", f"--records={records}", "--bootstrap=0", "--format=json"
    )
    content = json.loads(out)
    assert status == 0
    assert content["summary"]["spearman"]["value"] == pytest.approx(0.8)
    assert content["cells"][0]["accuracy"]["values"] == [OURS[0]]
    assert content["cells"][0]["params_equal"] is None
    assert "own.csv: line 6 repeats line 2; it is counted once" in err


def test_records_of_any_budget(call, tmp_path):
    for name, values in (("ours", OURS), ("theirs", KNOWN)):
        rows = [f"{key},20,{value}" for key, value in zip(HASHES, values, strict=False)]
        (tmp_path / f"{name}.csv").write_text(
            "\n".join(["module_hash,epochs,validation_accuracy", *rows])
        )
    status, out, err = call(
        f"--results={tmp_path / 'ours.csv'}", f"--records={tmp_path / 'theirs.csv'}",
        "--budget=20", "--bootstrap=0", "--format=json",
    )  # fmt: skip
    assert (status, json.loads(out)["budget"]) == (0, 20)
    assert "epochs" not in err


def test_the_order_of_several_records_is_said(call, results, records, tmp_path):
    more = write_table(tmp_path / "more.csv", [(HASHES[0], 0.1, 0.75)])
    _, _, err = call(f"--results={results}", f"--records={records},{more}", "--bootstrap=0")
    assert f"the first that has a cell counts, in this order: {records}, {more}" in err
