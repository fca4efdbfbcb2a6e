"""Measurements that anybody wrote down are read like the benchmark's."""

import json

import pytest
from record_files import A, B, labels_of

from nasbench_templates.benchmark_records import lookup
from nasbench_templates.benchmark_records.cell_record import Run
from nasbench_templates.support.errors import RecordError

MATRIX = ((0, 1, 0), (0, 0, 1), (0, 0, 0))


def read(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    return lookup.read_cells([tmp_path / name])


def test_the_smallest_table(tmp_path):
    cells = read(tmp_path, "own.csv", f"module_hash,epochs,test_accuracy\n{A},20,0.5\n{A},7,0.25\n")
    assert cells[A].runs == {
        20: (Run(final_test_accuracy=0.5),),
        7: (Run(final_test_accuracy=0.25),),
    }
    assert cells[A].matrix is None


@pytest.mark.parametrize("matrix", ["010;001;000", "010001000"])
@pytest.mark.parametrize("separator", ["|", ","])
def test_rows_with_a_graph_need_no_hash(tmp_path, matrix, separator):
    operations = separator.join(labels_of(B))
    cells = read(
        tmp_path,
        "own.csv",
        "module_adjacency,module_operations,epochs,trainable_parameters,seed,halfway_training_time,"
        f'validation_accuracy\n{matrix},"{operations}",12,77,0,1.5,0.5\n'
        f'{matrix},"{operations}",12,77,1,,0.75\n',
    )
    assert list(cells) == [B]
    assert (cells[B].matrix, cells[B].operations) == (MATRIX, tuple(labels_of(B)))
    assert cells[B].trainable_parameters == 77
    assert cells[B].runs[12] == (
        Run(halfway_training_time=1.5, final_validation_accuracy=0.5),
        Run(final_validation_accuracy=0.75),
    )


@pytest.mark.parametrize("keys", [("module_adjacency", "module_operations"), ("matrix", "ops")])
def test_json_lines(tmp_path, keys):
    rows = [
        {keys[0]: MATRIX, keys[1]: labels_of(A), "epochs": 3, "val": 1, "test_accuracy": 0.5},
        {"module_hash": B, "epochs": 3, "test_accuracy": None, "train_accuracy": 1},
    ]
    cells = read(tmp_path, "own.jsonl", "\n".join(map(json.dumps, rows)))
    assert cells[A].runs == {3: (Run(final_test_accuracy=0.5),)}
    assert cells[B].runs == {3: (Run(final_train_accuracy=1.0),)}
    assert lookup.find_cell([tmp_path / "own.jsonl"], B) == cells[B]
    assert lookup.find_cell([tmp_path], A) == cells[A]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"epochs": 3, "test_accuracy": 0.5}, "expected module_hash, or module_adjacency"),
        ({"module_hash": A, "epochs": 3}, "expected at least one of halfway_training_time"),
        ({"module_hash": A, "test_accuracy": 0.5, "epochs": None}, "expected a number of epochs"),
        ({"module_hash": A, "test_accuracy": 0.5, "epochs": 1.5}, "expected an integer in epochs"),
        ({"module_hash": A, "test_accuracy": 0.5, "epochs": 0}, "expected a budget of at least 1"),
        (
            {"module_hash": A, "test_accuracy": 1.5, "epochs": 1},
            r"expected final_test.* in \[0, 1\]",
        ),
        ({"module_hash": A, "test_accuracy": "x", "epochs": 1}, "expected a number in column test"),
        ({"module_hash": A, "test_accuracy": True, "epochs": 1}, "expected a number in test_acc"),
        ({"module_hash": "x", "test_accuracy": 0.5, "epochs": 1}, "expected a module hash of 32"),
        (
            {
                "module_hash": B,
                "matrix": MATRIX,
                "ops": labels_of(A),
                "epochs": 1,
                "test_accuracy": 1,
            },
            f"{B}: expected the graph of this hash",
        ),
        (
            {"matrix": 5, "ops": [], "epochs": 1, "test_accuracy": 1},
            "expected a matrix, received 5",
        ),
        (
            {"matrix": MATRIX, "ops": 5, "epochs": 1, "test_accuracy": 1},
            "expected a list of operations, received 5",
        ),
        (
            {
                "matrix": [[0, 0], [0, 0]],
                "ops": ["input", "output"],
                "epochs": 1,
                "test_accuracy": 1,
            },
            "cell is disconnected",
        ),
        ([1], r"expected a JSON object, received '\[1\]'"),
    ],
)
def test_bad_rows_are_named(tmp_path, row, message):
    good = {"module_hash": A, "epochs": 3, "test_accuracy": 0.5}
    text = "\n".join(map(json.dumps, (good, row)))
    with pytest.raises(RecordError, match=rf"^own\.jsonl: line 2: {message}"):
        read(tmp_path, "own.jsonl", text)


def test_names_of_columns_may_be_quoted(tmp_path):
    cells = read(tmp_path, "own.csv", f'"module_hash","epochs","test_accuracy"\n"{A}","3","0.5"\n')
    assert cells[A].runs == {3: (Run(final_test_accuracy=0.5),)}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "own.csv",
            f"module_hash,epochs,test_accuracy,test_accuracy\n{A},3,0.5,0.9\n",
            "expected every column once, received several: test_accuracy",
        ),
        (
            "own.jsonl",
            f'{{"module_hash":"{A}","epochs":3,"test_accuracy":0.5,"test_accuracy":0.9}}\n',
            "expected every key once",
        ),
        ("own.jsonl", "[1, 2]\n", "expected a JSON object"),
        (
            "own.jsonl",
            f'{{"epochs": 1{"0" * 5000}}}\n',
            "expected a JSON object: Exceeds the limit",
        ),
        ("own.jsonl", '{"epochs": ' + "[" * 100_000 + "\n", "expected a JSON object"),
    ],
)
def test_what_may_mean_two_things_or_none_is_refused(tmp_path, name, text, message):
    with pytest.raises(RecordError, match=f"{name}: line 1: {message}"):
        read(tmp_path, name, text)
