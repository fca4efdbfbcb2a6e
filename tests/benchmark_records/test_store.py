"""The open store: look-ups, conditions, data frames, and folders that are none."""

import json
import math
import os
import subprocess
import sys
import types

import pytest
import table_files
from table_files import A, B, C

from nasbench_templates.benchmark_records import importing, store_format
from nasbench_templates.benchmark_records.cell_record import Run
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.errors import RecordError, SpecError

# input, maxpool3x3, conv1x1, output: the graph of `table_files`.
CELL = Cell.parse(table_files.MATRIX, table_files.OPERATIONS)


@pytest.fixture
def folder(tmp_path):
    names = sorted([A, CELL.hash(), C])
    rows = [
        table_files.payload(
            name,
            epochs,
            table_files.run_message(
                epochs, table_files.metrics(10 * cell + repeat), parameters=1000 * (cell + 1)
            ),
        )
        for cell, name in enumerate(names)
        for epochs in (36, 108)
        for repeat in range(3)
    ]
    table_files.write(tmp_path / "t.tfrecord", rows)
    importing.import_records(tmp_path / "t.tfrecord", tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def store(folder):
    return RecordStore.open(folder)


def test_look_up_by_hash(store):
    assert store.get(A).module_hash == A
    assert store.get("0" * 32) is None
    assert store.get("f" * 32) is None
    assert A in store
    assert B not in store
    with pytest.raises(RecordError, match="expected a module hash"):
        store.get("A" * 32)


def test_look_up_by_cell_in_any_form(store):
    spec = types.SimpleNamespace(
        matrix=[list(row) for row in table_files.MATRIX], ops=list(table_files.OPERATIONS)
    )
    expected = store.get(CELL.hash())
    assert expected is not None
    assert store.find(CELL) == store.find(spec) == store.find(CELL.hash()) == expected
    foreign = Cell.parse([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "identity", "output"])
    assert store.find(foreign) is None
    spec.matrix = [[0] * 4] * 4
    with pytest.raises(SpecError, match="disconnected"):
        store.find(spec)


def test_order_length_and_budgets(store):
    assert list(store.hashes()) == [record.module_hash for record in store]
    assert list(store.hashes()) == sorted(store.hashes())
    assert (len(store), store.budgets, store.name) == (3, (36, 108), "t.tfrecord")
    with pytest.raises(IndexError):
        store.record(3)


def test_conditions(store):
    def chosen(*arguments):
        return store.select(*arguments).hashes()

    names = list(store.hashes())
    assert chosen("params < 2e3") == names[:1]
    assert chosen("params>=2000 and params != 3000") == names[1:2]
    assert chosen("vertices == 4 and edges == 3") == names
    assert chosen("edges > 3") == []
    # The mean of three repeats of cell 1: 200.3 + 10 + (0 + 1 + 2) / 3.
    assert chosen("final_training_time <= 211.2") == names[:1]
    assert chosen("final_training_time <= 211.4", 36) == names[:2]
    assert [record.module_hash for record in store.select("params > 1000")] == names[1:]
    assert len(store.select()) == 3


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("params < lots", "expected comparisons such as params < 5e6 .*received 'params < lots'"),
        ("params", "expected comparisons"),
        ("params < 1 or params > 2", "expected comparisons"),
        ("price < 1", "expected one of params, vertices, edges, .*received 'price'"),
    ],
)
def test_bad_conditions(store, condition, message):
    with pytest.raises(RecordError, match=message):
        store.select(condition)


def test_a_budget_that_is_not_there(store):
    with pytest.raises(RecordError, match="expected a budget among 36, 108 epochs, received 4"):
        store.to_pandas(4)


def test_data_frame_of_means(store):
    frame = store.to_pandas(108)
    assert frame["module_hash"].tolist() == list(store.hashes())
    assert frame["params"].tolist() == [1000, 2000, 3000]
    assert frame["edges"].tolist() == [3, 3, 3]
    expected = [
        math.fsum(run.halfway_test_accuracy for run in record.runs[108]) / 3 for record in store
    ]
    assert frame["halfway_test_accuracy"].tolist() == pytest.approx(expected, rel=1e-15)


def test_means_leave_absent_values_out(tmp_path):
    source = tmp_path / "r.json"
    source.write_text(
        json.dumps(
            {
                "module_hash": A,
                "fixed_statistics": {
                    "module_adjacency": [list(row) for row in table_files.MATRIX],
                    "module_operations": list(table_files.OPERATIONS),
                    "trainable_parameters": 7,
                },
                "computed_statistics": {
                    "108": [{"final_test_accuracy": 0.5}, {}, {"final_test_accuracy": 0.25}]
                },
            }
        )
    )
    importing.import_records(source, tmp_path / "store")
    store = RecordStore.open(tmp_path / "store")
    assert store.get(A).runs[108] == (
        Run(final_test_accuracy=0.5),
        Run(),
        Run(final_test_accuracy=0.25),
    )
    frame = store.to_pandas()
    assert frame["final_test_accuracy"].tolist() == [0.375]
    assert frame["final_train_accuracy"].isna().tolist() == [True]


def test_json_form(store):
    content = store.get(A).to_json()
    keys = ["module_hash", "module_adjacency", "module_operations", "trainable_parameters"]
    assert list(content) == [*keys, "epochs"]
    assert list(content["epochs"]) == ["36", "108"]
    assert list(content["epochs"]["108"][0].values()) == list(table_files.metrics(0))


def test_a_folder_without_a_manifest_is_no_store(folder):
    (folder / store_format.MANIFEST).unlink()
    with pytest.raises(RecordError, match="expected a folder made by import_records"):
        RecordStore.open(folder)


@pytest.mark.parametrize("change", ["shorter", "missing"])
def test_a_column_of_another_size_is_noticed_on_opening(folder, change):
    path = folder / "runs_108.npy"
    if change == "shorter":
        os.truncate(path, path.stat().st_size - 8)
    else:
        path.unlink()
    with pytest.raises(RecordError, match=r"runs_108\.npy: expected \d+ bytes, found"):
        RecordStore.open(folder)


def test_a_changed_value_is_noticed_by_verify(folder):
    RecordStore.open(folder).verify()
    path = folder / "runs_36.npy"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"runs_36\.npy: expected CRC-32"):
        RecordStore.open(folder).verify()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "records 2"}, "expected a folder made by import_records"),
        ({"schema": 2}, "expected a folder made by import_records"),
        ({"budgets": None}, "expected a manifest"),
    ],
)
def test_other_manifests(folder, change, message):
    path = folder / store_format.MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(RecordError, match=message):
        RecordStore.open(folder)


def test_unknown_columns(store):
    with pytest.raises(RecordError, match=r"expected one of edges, .*received price"):
        store.column("price")


def test_columns_are_numpy_files(store):
    import numpy as np

    for name in store.manifest.columns:
        loaded = np.load(store.path / f"{name}.npy", mmap_mode="r")
        np.testing.assert_array_equal(loaded, store.column(name).array)


def test_a_look_up_loads_no_numpy(folder):
    code = (
        "import sys; from nasbench_templates.benchmark_records.store import RecordStore; "
        f"assert RecordStore.open({str(folder)!r}).get({A!r}).runs[108]; "
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
