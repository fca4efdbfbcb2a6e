"""The open store: look-ups, conditions, data frames, and folders that are none."""

import contextlib
import copy
import json
import math
import os
import pickle
import random
import shutil
import subprocess
import sys
import types

import google_crc32c
import numpy as np
import pytest
import table_files
from table_files import A, B, C

from nasbench_templates.benchmark_records import importing, store_format
from nasbench_templates.benchmark_records.opening import RecordTable
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.errors import RecordError, SpecError

# input, maxpool3x3, conv1x1, output: the graph of `table_files`.
CELL = Cell.parse(table_files.MATRIX, table_files.OPERATIONS)
NAMES = sorted([A, CELL.hash(), C])


@pytest.fixture
def folder(tmp_path):
    names = NAMES
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
    with pytest.raises(RecordError, match=r"runs_36\.npy: damaged at byte 0 .* expected CRC-32C"):
        RecordStore.open(folder).verify()


def change_manifest(folder, change, *, is_signed):
    path = folder / store_format.MANIFEST
    content = {**json.loads(path.read_text()), **change}
    if is_signed:
        del content["crc32c"]
        content["crc32c"] = store_format._checksum(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize("change", [{"format": "records 2"}, {"schema": 2}, {"num_cells": 2}])
def test_a_changed_manifest_is_noticed(folder, change):
    change_manifest(folder, change, is_signed=False)
    with pytest.raises(RecordError, match=r"expected the checksum of its contents.* import again"):
        RecordStore.open(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"budgets": None}, "expected a manifest of a record store"),
        ({"budgets": [108, 36]}, "expected budgets in 1..65535, rising"),
        ({"num_cells": 2}, r"expected prefix as <u8 of shape \[2\], received \(3,\)"),
        ({"num_records": 17}, "expected 17 runs, the columns have 18"),
        ({"budgets": [108]}, "expected the columns"),
        ({"skipped": -1}, "expected counts >= 0"),
    ],
)
def test_a_manifest_agrees_with_its_columns(folder, change, message):
    change_manifest(folder, change, is_signed=True)
    with pytest.raises(RecordError, match=message):
        RecordStore.open(folder)


def test_manifests_that_are_no_json(folder):
    path = folder / store_format.MANIFEST
    for content in (path.read_bytes()[:-9], b"[" * 100_000, b"\xff"):
        path.write_bytes(content)
        with pytest.raises(RecordError, match=r"manifest\.json: expected a manifest .*damaged"):
            RecordStore.open(folder)


def test_a_manifest_of_another_program_makes_no_store(tmp_path):
    (tmp_path / store_format.MANIFEST).write_text('{"format": "other"}')
    assert store_format.read_manifest(tmp_path) is None


def test_stores_of_the_first_version_are_refused_with_advice(folder):
    change_manifest(folder, {"format": "nasbench_templates records 1"}, is_signed=False)
    with pytest.raises(RecordError, match=r"of version 0\.1.*and import t\.tfrecord again"):
        RecordStore.open(folder)


def answers(folder):
    """What a store says of every cell, one cell after the other."""
    store = RecordStore.open(folder)
    return [store.get(name) for name in NAMES], RecordTable(store).to_pandas().to_json()


def flipped_bits(folder, count, ask):
    """Returns how many single flipped bits of a store's files change an answer unnoticed."""
    expected = ask(folder)
    files = sorted(path for path in folder.iterdir())
    generator = random.Random(0)
    num_wrong = 0
    for _ in range(count):
        path = generator.choices(files, [each.stat().st_size for each in files])[0]
        content = path.read_bytes()
        place = generator.randrange(8 * len(content))
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        with contextlib.suppress(RecordError):
            num_wrong += ask(folder) != expected
        path.write_bytes(content)
    return num_wrong


def test_no_flipped_bit_changes_an_answer(folder):
    assert flipped_bits(folder, 150, answers) == 0


@pytest.mark.slow
def test_no_flipped_bit_of_a_large_store_changes_an_answer(data_folder, tmp_path):
    source = data_folder / "nasbench101" / "nasbench101_val_25001.csv.gz"
    importing.import_records(source, tmp_path / "store")
    names = list(RecordStore.open(tmp_path / "store").hashes())[::100]

    def ask(folder):
        store = RecordStore.open(folder)
        return [store.get(name) for name in names]

    assert flipped_bits(tmp_path / "store", 380, ask) == 0


def forge(folder, name, place, value):
    """Changes a value of a column and makes all checksums right again."""
    path = folder / f"{name}.npy"
    values = np.load(path)
    values[place] = value
    np.save(path, values)
    manifest = json.loads((folder / store_format.MANIFEST).read_text())
    checksum = google_crc32c.value(path.read_bytes()).to_bytes(4, "little").hex()
    manifest["columns"][name]["crc32c"] = checksum
    change_manifest(folder, {"columns": manifest["columns"]}, is_signed=True)


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("runs_108", (0, 7), 1.5, r"expected final_test_accuracy in \[0, 1\]"),
        ("runs_108", (4, 0), -1.0, "expected halfway_training_time >= 0 seconds"),
        ("runs_36", (8, 4), math.inf, "expected final_training_time >= 0 seconds"),
        ("runs_36", (8, 1), math.nan, "expected halfway_train_accuracy in"),
        ("first_run_36", 1, 200, "expected rising places of runs up to 9"),
        ("first_run_36", 2, 1, "expected rising places of runs"),
        ("parameters", 1, -1, r"expected trainable_parameters in 1\.\."),
        ("vertices", 2, 12, "expected cells of 2 to 11 vertices"),
        ("edges", 2, 1 << 6, "expected edges and labels of 4 vertices"),
        ("labels", 2, 3, "expected one of three operations"),
    ],
)
def test_impossible_values_of_a_forged_store_are_refused(folder, name, place, value, message):
    forge(folder, name, place, value)
    for ask in (RecordStore.verify, lambda store: store.record(2), lambda store: store.get(A)):
        with pytest.raises(RecordError, match=message):
            ask(RecordStore.open(folder))


def test_a_store_in_the_wrong_order_is_noticed_by_verify(folder):
    forge(folder, "prefix", 0, 2**63)
    with pytest.raises(RecordError, match="expected rising hashes"):
        RecordStore.open(folder).verify()


def test_a_store_travels_to_other_processes(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder.parent)
    store = RecordStore.open(folder.name)
    monkeypatch.chdir(tmp_path.parent)
    again = pickle.loads(pickle.dumps(store))
    assert list(again) == list(store)
    assert copy.deepcopy(store) is store
    table_files.write(folder.parent / "t.tfrecord", table_files.rows([A]))
    shutil.rmtree(folder)
    importing.import_records(folder.parent / "t.tfrecord", folder)
    with pytest.raises(RecordError, match="the folder holds others"):
        pickle.loads(pickle.dumps(store))


def test_unknown_columns(store):
    with pytest.raises(RecordError, match=r"expected one of edges, .*received price"):
        store.column("price")


def test_columns_are_numpy_files(store):
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
