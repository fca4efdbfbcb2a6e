"""Records as researchers ask for them: one, many, some, and data frames."""

import json
import math
import shutil
import types

import numpy as np
import pandas as pd
import pytest
import table_files
from table_files import A, B, C

from nasbench_templates.benchmark_records import graph_identity, opening
from nasbench_templates.benchmark_records.cell_record import METRICS, Run
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.errors import RecordError, SpecError

OPERATIONS = table_files.OPERATIONS_OF
UNKNOWN = "0" * 32


def run(cell, epochs, repeat):
    """The metrics of a run; nothing of them is equal to another's."""
    return table_files.metrics(10 * cell + repeat + epochs / 1000)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    rows = [
        table_files.payload(
            name,
            epochs,
            table_files.run_message(
                epochs, run(cell, epochs, repeat), parameters=1000 * (cell + 1)
            ),
        )
        for cell, name in enumerate((A, B, C))
        for epochs in (36, 108)
        for repeat in range(3)
    ]
    table_files.write(folder / "t.tfrecord", rows)
    return opening.open_table(folder / "t.tfrecord")


def test_a_table_says_what_it_is(table):
    assert repr(table) == "<records of 3 cells in t.tfrecord, 36, 108 epochs>"
    assert repr(table.select()) == "<3 cells of t.tfrecord, 108 epochs, mean of the runs>"
    assert table._repr_html_().count("<tr") == 1 + 3
    assert (len(table), table.budgets, list(table.hashes())) == (3, (36, 108), [A, B, C])
    assert [record.module_hash for record in table] == [A, B, C]


def test_a_cell_in_any_form(table):
    matrix = [list(row) for row in table_files.MATRIX]
    ops = list(OPERATIONS[B])
    record = table.get(B)
    assert record.operations == OPERATIONS[B]
    for cell in (
        B.upper(),
        Cell.parse(matrix, ops),
        types.SimpleNamespace(matrix=np.array(matrix), ops=ops),
        {"matrix": matrix, "ops": ops},
        {"module_adjacency": matrix, "module_operations": ops},
        (matrix, ops),
        (np.array(matrix), np.array(ops)),
    ):
        assert table.get(cell) == record
        assert cell in table
    assert table.get(matrix, ops) == record
    assert table.get(np.array(matrix), ops) == record
    assert table.get(UNKNOWN) is None
    assert table.get([[0, 1], [0, 0]]) is None  # a cell without operations, but not of this table
    foreign = Cell.parse([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "identity", "output"])
    assert table.get(foreign) is None


@pytest.mark.parametrize(
    ("cell", "kind", "message"),
    [
        ("x" * 32, RecordError, "expected a module hash of 32"),
        ({"matrix": [[0, 1], [0, 0]]}, SpecError, "expected a cell with the keys matrix and ops"),
        ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], SpecError, "expected the operations of 3 vertices"),
        (5, SpecError, "expected a hash or a cell, received int"),
        (([[0, 0], [0, 0]], ["input", "output"]), SpecError, "disconnected"),
    ],
)
def test_what_is_no_cell(table, cell, kind, message):
    with pytest.raises(kind, match=message):
        table.get(cell)


def test_many_cells_in_their_order(table):
    asked = [C, UNKNOWN, A.upper(), {"matrix": table_files.MATRIX, "ops": OPERATIONS[B]}, C]
    frame = table.get_many(asked, 36)
    assert frame["module_hash"].tolist() == [C, UNKNOWN, A, B, C]
    assert frame["trainable_params"].fillna(-1).tolist() == [3000, -1, 1000, 2000, 3000]
    mean = math.fsum(run(2, 36, repeat)[7] for repeat in range(3)) / 3
    assert frame["final_test_accuracy"][0] == frame["final_test_accuracy"][4]
    assert frame["final_test_accuracy"][0] == pytest.approx(mean, rel=1e-15)
    assert frame.loc[1].drop("module_hash").isna().all()
    assert table.get_many([A, B])["trainable_params"].dtype == np.int64
    assert len(table.get_many([])) == 0
    assert len(table.get_many([A, UNKNOWN, C], repeats="all")) == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([A, "x"],), "expected a module hash of 32"),
        ((A,), "expected a list of cells, received one text"),
        (([A], 4), "expected a budget among 36, 108 epochs, received 4"),
        (([([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "identity", "output"])],),
         "expected the benchmark's operations"),
    ],
)  # fmt: skip
def test_many_cells_of_which_one_is_none(table, arguments, message):
    with pytest.raises(RecordError, match=message):
        table.get_many(*arguments)


def test_hashes_with_equal_beginnings_among_many(tmp_path, monkeypatch):
    # No two cells have such hashes, so these belong to no graph.
    monkeypatch.setattr(graph_identity.Descriptions, "wrong", lambda self: iter(()))
    names = ["7" * 16 + digit * 16 for digit in "0a3f"]
    table_files.write(tmp_path / "t.tfrecord", table_files.rows(names))
    table = opening.open_table(tmp_path / "t.tfrecord")
    asked = [*names[::-1], "7" * 32, UNKNOWN]
    frame = table.get_many(asked)
    assert frame["module_hash"].tolist() == asked
    assert frame["trainable_params"].notna().tolist() == [True] * 4 + [False] * 2
    expected = [table.get(name).runs[108][0].final_test_accuracy for name in names[::-1]]
    first = table.get_many(asked, repeats=0)
    assert first["final_test_accuracy"][:4].tolist() == expected


def chosen(table, *arguments, **options):
    return table.select(*arguments, **options).hashes()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", [A, B, C]),
        ("trainable_params < 2e3", [A]),
        ("params < 2e3", [A]),
        ("params>=2000 and params != 3000", [B]),
        ("params < 2000 or params == 3000", [A, C]),
        ("vertices == 4 and edges == 3", [A, B, C]),
        ("edges > 3", []),
        ("not params < 2000 and (conv1x1 == 1 or conv3x3 == 2)", [B, C]),
        ("not (params < 2000 or conv3x3 == 2)", [C]),
        ("conv1x1 == 2 and maxpool3x3 == 0", [A]),
        ("1000 < params <= 2000", [B]),
        ("conv3x3 > conv1x1", [B]),
        ("final_validation_accuracy > final_train_accuracy", []),
        ("final_train_accuracy - validation_accuracy > 0.05", [A, B, C]),
        ("-params < -2500 and params / 1000 == 3 and 2 * params > +1", [C]),
        # The mean of three repeats of cell 0 and 108 epochs: 200.3 + 0.108 + (0 + 1 + 2) / 3.
        ("final_training_time <= 201.5", [A]),
        ("training_time <= 201.5", [A]),
        ("  params > 0  ", [A, B, C]),
        # Vertices are stored as bytes.
        (
            "-vertices < 0 and vertices * vertices * vertices * 4 == 256",
            [A, B, C],
        ),
    ],
)
def test_conditions(table, condition, expected):
    assert chosen(table, condition) == expected


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            "params < lots",
            "expected one of trainable_params, vertices, edges, conv3x3, .*received 'lots'",
        ),
        ("price < 1", "received 'price'"),
        ("params", "expected comparisons such as .*received 'params'"),
        ("1 < 2", "received one without names: '1 < 2'"),
        ("params < 1 or", "expected comparisons"),
        ("params < '1'", "expected comparisons"),
        ("params < True", "expected comparisons"),
        ("params in (1, 2)", "expected comparisons"),
        ("params < __import__('os').getpid()", "expected comparisons"),
        ("params < (1).real", "expected comparisons"),
        ("params < [1][0]", "expected comparisons"),
        ("params < 2 ** 9 ** 9 ** 9", "expected comparisons"),
        ("params < 1 / 0", "expected comparisons"),
        ("params == (lambda: 1)()", "expected comparisons"),
        ("(" * 5000 + "params < 1" + ")" * 5000, "expected comparisons"),
        ("not " * 2000 + "params < 1", "expected comparisons"),
        ("params < " + "-" * 2000 + "1", "expected comparisons"),
        ("params < 1; params < 2", "expected comparisons"),
        ("params < 1\x00", "expected comparisons"),
        ("(x := params) < 1", "expected comparisons"),
    ],
)
def test_bad_conditions(table, condition, message):
    with pytest.raises(RecordError, match=message):
        table.select(condition)


def test_epochs_and_repeat_are_honoured(table):
    few = table.select("final_training_time < 202", epochs=36, repeat=1)
    assert few.hashes() == [A]
    frame = few.to_pandas()
    assert frame["final_training_time"].tolist() == [run(0, 36, 1)[4]]
    # The same cell has other values in another budget and repeat.
    assert table.select(epochs=108, repeat=2)[:1].to_pandas()["final_training_time"].tolist() == [
        run(0, 108, 2)[4]
    ]
    for wrong in (
        {"epochs": 4},
        {"epochs": 108.0},
        {"epochs": 108, "repeat": 3},
        {"epochs": 36, "repeat": "last"},
    ):
        with pytest.raises(
            RecordError, match=r"expected (a budget|\"mean\" or a repeat in 0\.\.2)"
        ):
            table.select(**wrong)
        with pytest.raises(RecordError, match="expected"):
            table.select("params > 0", **wrong)


def test_none_of_the_cells_is_a_selection_of_any_repeat(table):
    none = table.select("params < 0", repeat=2)
    assert (len(none), len(none.to_pandas()), len(none[:0])) == (0, 0, 0)
    assert len(table.select("params < 0").to_pandas(repeats=0)) == 0
    assert table.get_many([UNKNOWN], repeats=np.int64(0))["module_hash"].tolist() == [UNKNOWN]
    assert table.select()[:1].to_pandas()["vertices"].sub(8).tolist() == [-4]


def test_selections_are_sliced_and_refined(table):
    every = table.select(epochs=36)
    assert every[1:].hashes() == [B, C]
    assert every[::-1].hashes() == [C, B, A]
    assert every[1].module_hash == B
    assert every[-1] == table.get(C)
    assert every[every.values("params") > 1000].hashes() == [B, C]
    small = every.select("params < 3000").select("params > 1000")
    assert small.hashes() == [B]
    assert small.epochs == 36
    assert [record.module_hash for record in small] == [B]
    with pytest.raises(IndexError):
        every[3]


def test_a_data_frame_of_means(table):
    frame = table.to_pandas()
    assert list(frame) == [
        *(
            "module_hash",
            "trainable_params",
            "vertices",
            "edges",
            "conv3x3",
            "conv1x1",
            "maxpool3x3",
        ),
        *METRICS,
    ]
    assert frame["trainable_params"].tolist() == [1000, 2000, 3000]
    assert frame["conv3x3"].tolist() == [0, 2, 1]
    assert frame["conv1x1"].tolist() == [2, 0, 1]
    expected = [
        math.fsum(each.halfway_test_accuracy for each in record.runs[108]) / 3 for record in table
    ]
    assert frame["halfway_test_accuracy"].tolist() == pytest.approx(expected, rel=1e-15)


def test_a_data_frame_of_graphs_and_deviations(table):
    frame = table.select("params > 1000").to_pandas(graphs=True, repeats="std")
    assert frame["module_adjacency"].tolist() == [table_files.MATRIX] * 2
    assert frame["module_operations"].tolist() == [OPERATIONS[B], OPERATIONS[C]]
    # Seconds of three repeats: x, x + 1 and x + 2.
    assert frame["final_training_time_std"].tolist() == pytest.approx([1, 1])
    assert frame["final_training_time"].tolist() == pytest.approx([211.408, 221.408])


def test_a_data_frame_of_all_runs(table):
    frame = table.select(epochs=36)[[2, 0]].to_pandas(repeats="all")
    assert frame["module_hash"].tolist() == [C] * 3 + [A] * 3
    assert frame["repeat"].tolist() == [0, 1, 2] * 2
    assert frame["trainable_params"].tolist() == [3000] * 3 + [1000] * 3
    expected = [run(cell, 36, repeat) for cell in (2, 0) for repeat in range(3)]
    assert frame[list(METRICS)].to_numpy().tolist() == [list(each) for each in expected]
    with pytest.raises(RecordError, match='also "std" or "all"'):
        table.to_pandas(repeats="median")


def test_means_leave_absent_values_out(tmp_path):
    source = tmp_path / "r.json"
    source.write_text(
        json.dumps(
            {
                "module_hash": A,
                "fixed_statistics": {
                    "module_adjacency": [list(row) for row in table_files.MATRIX],
                    "module_operations": list(OPERATIONS[A]),
                    "trainable_parameters": 7,
                },
                "computed_statistics": {
                    "108": [{"final_test_accuracy": 0.5}, {}, {"final_test_accuracy": 0.25}]
                },
            }
        )
    )
    table = opening.open_table(source)
    assert table.get(A).runs[108] == (
        Run(final_test_accuracy=0.5),
        Run(),
        Run(final_test_accuracy=0.25),
    )
    frame = table.to_pandas(repeats="std")
    assert frame["final_test_accuracy"].tolist() == [0.375]
    assert frame["final_test_accuracy_std"].tolist() == [pytest.approx(0.125 * math.sqrt(2))]
    assert frame["final_train_accuracy"].isna().tolist() == [True]
    assert chosen(table, "final_train_accuracy < 1 or final_train_accuracy >= 1") == []


def test_what_is_not_known_is_nan(tmp_path):
    source = tmp_path / "own.csv"
    source.write_text(f"module_hash,epochs,test_accuracy\n{A},20,0.5\n")
    table = opening.open_table(source)
    frame = table.to_pandas(20, graphs=True)
    assert frame["trainable_params"].isna().tolist() == [True]
    assert frame["module_adjacency"].tolist() == [None]
    assert (frame["edges"].tolist(), frame["conv3x3"].tolist()) == ([0], [0])
    assert table.get(A).trainable_parameters is None


def test_the_frame_of_a_real_extract_is_its_rows(data_folder, tmp_path):
    # A copy: the store that opening makes stands beside its source.
    source = tmp_path / "nasbench101_val_25001.csv.gz"
    shutil.copyfile(data_folder / "nasbench101" / source.name, source)
    table = opening.open_table(source)
    rows = pd.read_csv(source).sort_values("module_hash")
    frame = table.to_pandas()
    assert frame["module_hash"].tolist() == rows["module_hash"].tolist()
    assert frame["trainable_params"].tolist() == rows["trainable_parameters"].tolist()
    assert frame["edges"].tolist() == rows["num_edges"].tolist()
    assert frame["final_validation_accuracy"].tolist() == rows["val_acc_108"].tolist()
    counted = rows["module_operations"].str.count("maxpool3x3").tolist()
    assert frame["maxpool3x3"].tolist() == counted
    good = rows[(rows["trainable_parameters"] < 5e6) & (rows["val_acc_108"] > 0.94)]
    condition = "params < 5e6 and final_validation_accuracy > 0.94"
    assert chosen(table, condition) == good["module_hash"].tolist()
    assert len(good) > 10
