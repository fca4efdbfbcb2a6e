"""The jobs around benchmark records, called as a user calls them."""

import base64
import csv
import hashlib
import io
import json
import shutil
import struct

import pytest

from nasbench_templates.benchmark_records import importing, tfrecord
from nasbench_templates.networks.named_cells import named_cells

POOL = "53cee42601ad14d661bb6878031d6acb"  # input, maxpool3x3, output
BEST = named_cells.get("best").cell


def payload(module_hash, repeat, graph):
    """One row of 108 epochs; the metrics follow from the repeat."""
    points = b""
    for epoch in (0.0, 54.0, 108.0):
        values = (epoch, 10 * epoch + repeat, 0.5, (epoch + repeat) / 200, 0.25)
        fields = zip((0x09, 0x11, 0x19, 0x21, 0x29), values, strict=True)
        point = b"".join(bytes([tag]) + struct.pack("<d", value) for tag, value in fields)
        points += b"\x0a" + bytes([len(point)]) + point
    message = points + b"\x10\xec\x29"  # 5356 parameters
    return json.dumps([module_hash, 108, *graph, base64.encodebytes(message).decode()]).encode()


@pytest.fixture
def table(tmp_path):
    """The best cell and two others, three repeats each."""
    bits = "".join(str(edge) for row in BEST.matrix for edge in row)
    best = (BEST.hash(), (bits, ",".join(BEST.ops)))
    others = [
        (POOL, ("010001000", "input,maxpool3x3,output")),
        ("d1269d9156ddc027c40473008192958a", ("010001000", "input,conv1x1-bn-relu,output")),
    ]
    path = tmp_path / "t.tfrecord"
    with path.open("wb") as stream:
        tfrecord.write_frames(
            stream,
            [
                payload(name, repeat, graph)
                for name, graph in [best, *others]
                for repeat in range(3)
            ],
        )
    return path


@pytest.fixture
def store(table):
    importing.import_records(table, table.parent / "store")
    return table.parent / "store"


def test_import_ends_with_the_counts(call, table, tmp_path):
    status, out, err = call("import_records", f"--source={table}", f"--output={tmp_path / 's'}")
    assert (status, out, err) == (0, "imported 9 records, 3 cells\n", "")


def test_a_second_import_says_so(call, table, store):
    before = sorted((path.name, path.stat().st_mtime_ns) for path in store.iterdir())
    status, out, err = call("import_records", f"--source={table}", f"--output={store}")
    assert (status, out) == (0, "imported 9 records, 3 cells\n")
    assert "holds the records of t.tfrecord already: nothing to do" in err
    assert sorted((path.name, path.stat().st_mtime_ns) for path in store.iterdir()) == before


def test_verify_finds_a_changed_value(call, table, store):
    arguments = ("import_records", f"--source={table}", f"--output={store}")
    status, out, err = call(*arguments, "--verify")
    assert (status, out) == (0, "imported 9 records, 3 cells\n")
    assert f"{store}: all checksums and values are right" in err
    column = store / "runs_108.npy"
    content = bytearray(column.read_bytes())
    content[-1] ^= 1
    column.write_bytes(content)
    # A store that is found is verified, and so is one alone, and one that is exported.
    for others in (
        arguments,
        ("import_records", "--verify", f"--output={store}"),
        ("import_records", f"--source={store}", f"--output={table.parent / 'copy'}"),
        ("export_records", f"--records={store}", f"--output={table.parent / 'x.tfrecord'}"),
    ):
        status, out, err = call(*others)
        assert (status, out) == (1, "")
        assert f"{column}: damaged at byte 0 or up to 64 KiB behind it: expected CRC-32C" in err
    assert not (table.parent / "copy").exists()
    assert not (table.parent / "x.tfrecord").exists()


def test_a_store_is_verified_without_its_source(call, table, store):
    table.unlink()
    status, out, err = call("import_records", "--verify", f"--output={store}")
    assert (status, out) == (0, "verified 9 records, 3 cells\n")
    assert f"{store}: all checksums and values are right" in err


def test_a_damaged_source(call, table, tmp_path):
    content = bytearray(table.read_bytes())
    content[100] ^= 1
    table.write_bytes(content)
    arguments = ("import_records", f"--source={table}", f"--output={tmp_path / 's'}")
    status, out, err = call(*arguments)
    assert (status, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "error: t.tfrecord: record 1 at byte 0: damaged payload" in err
    assert not (tmp_path / "s").exists()
    status, out, err = call(*arguments, "--on_error=skip")
    assert (status, out) == (0, "skipped 1\nimported 8 records, 3 cells\n")
    assert "record 1 at byte 0: damaged payload" in err
    assert "missing repeats: expected 3 runs" in err
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert "it was imported without 1 that are damaged; accept that with --on_error=skip" in err
    status, out, err = call(*arguments, "--on_error=skip")
    assert (status, out) == (0, "skipped 1\nimported 8 records, 3 cells\n")
    assert "nothing to do" in err


def test_other_numbers_of_repeats(call, table, tmp_path):
    arguments = ("import_records", f"--source={table}", f"--output={tmp_path / 's'}")
    assert "missing repeats: expected 5 runs" in call(*arguments, "--num_repeats=5")[2]
    assert call(*arguments, "--num_repeats=0")[0] == 0
    assert call(*arguments)[0] == 0
    status, _, err = call(*arguments, "--num_repeats=5")
    assert status == 2
    assert "expected 5 runs of every cell and 108 epochs, it was imported with 3 to 3" in err


def test_query_prints_the_contract(call, table, store):
    for records in (store, table):
        status, out, _ = call(
            "query", f"--records={records}", f"--hash={BEST.hash()}", "--format=json"
        )
        assert status == 0
        content = json.loads(out)
        assert list(content) == [
            "module_hash",
            "module_adjacency",
            "module_operations",
            "trainable_parameters",
            "epochs",
        ]
        assert content["module_adjacency"] == [list(row) for row in BEST.matrix]
        assert content["module_operations"] == list(BEST.ops)
        assert content["trainable_parameters"] == 5356
        assert content["epochs"]["108"][2] == {
            "halfway_training_time": 542.0,
            "halfway_train_accuracy": 0.5,
            "halfway_validation_accuracy": 0.28,
            "halfway_test_accuracy": 0.25,
            "final_training_time": 1082.0,
            "final_train_accuracy": 0.5,
            "final_validation_accuracy": 0.55,
            "final_test_accuracy": 0.25,
        }


def test_query_by_cell(call, store):
    by_hash = call("query", f"--records={store}", f"--hash={BEST.hash()}", "--format=json")[1]
    # The published order of vertices that has the same hash.
    other = {
        "matrix": [[int(bit) for bit in row] for row in (
            ["0100111", "0010000", "0001000", "0000010", "0000010", "0000001", "0000000"]
        )],
        "ops": [
            *("input", "conv3x3-bn-relu", "maxpool3x3", "conv3x3-bn-relu", "conv1x1-bn-relu"),
            *("conv3x3-bn-relu", "output"),
        ],
    }  # fmt: skip
    for cell in ("best", json.dumps(other)):
        assert call("query", f"--records={store}", f"--cell={cell}", "--format=json")[1] == by_hash


def test_query_of_several_hashes(call, store, tmp_path):
    names = [POOL, BEST.hash()]
    one_by_one = [
        json.loads(call("query", f"--records={store}", f"--hash={name}", "--format=json")[1])
        for name in names
    ]
    listed = tmp_path / "cells.csv"
    listed.write_text(f"module_hash,accuracy\n{names[0].upper()},0.5\n\n{names[1]} x\n{names[0]}\n")
    cell = {"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["input", "maxpool3x3", "output"]}
    cells = tmp_path / "cells.jsonl"
    # A graph counts before the hash that is told beside it, as in lists of other jobs.
    both = json.dumps({**cell, "module_hash": names[1]})
    cells.write_text(f'{both}\n"best"\n{{"module_hash": "{POOL}"}}\n')
    asked = ([f"--hash={','.join(names)}"], [f"--hashes={listed}"], [f"--hashes={cells}"])
    for arguments in asked:
        status, out, _ = call("query", f"--records={store}", *arguments, "--format=json")
        assert (status, json.loads(out)) == (0, one_by_one)
    rows = list(
        csv.DictReader(
            io.StringIO(call("query", f"--records={store}", *arguments, "--format=csv")[1])
        )
    )
    assert [row["module_hash"] for row in rows] == [names[0]] * 3 + [names[1]] * 3
    assert names[1] in call("query", f"--records={store}", *arguments)[1]


def test_hashes_that_are_not_there_are_named(call, store, tmp_path):
    names = [f"{number:032x}" for number in range(7)]
    status, out, err = call("query", f"--records={store}", f"--hash={','.join([*names, POOL])}")
    assert (status, out) == (1, "")
    assert f"{names[0]}, {names[1]}" in err
    assert f"{names[4]} and 2 others: expected cells of {store}, found none" in err
    assert POOL not in err
    (tmp_path / "empty").write_text("no hash\n")
    status, _, err = call("query", f"--records={store}", f"--hashes={tmp_path / 'empty'}")
    assert (status, "expected at least one cell, a cell a line" in err) == (2, True)
    (tmp_path / "bad").write_text("best\n{}\n")
    _, _, err = call("query", f"--records={store}", f"--hashes={tmp_path / 'bad'}")
    assert "bad, line 2: expected a cell with the keys matrix and ops" in err
    assert call("query", f"--records={store}", f"--hashes={tmp_path / 'none'}")[0] == 2


def test_absent_values_are_null(call, data_folder, tmp_path):
    # A copy: what is converted lies beside its source.
    source = tmp_path / "extract.csv.gz"
    shutil.copyfile(data_folder / "nasbench101" / "nasbench101_val_25001.csv.gz", source)
    name = "0000718c96730a92ea6d5242f8ce77e2"
    _, out, _ = call("query", f"--records={source}", f"--hash={name}", "--format=json")
    (run,) = json.loads(out)["epochs"]["108"]
    assert run["final_validation_accuracy"] == 0.8959335088729858
    assert run["final_test_accuracy"] is None


def test_query_as_csv_and_table(call, store):
    arguments = ("query", f"--records={store}", "--cell=best")
    rows = list(csv.DictReader(io.StringIO(call(*arguments, "--format=csv")[1])))
    assert [row["repeat"] for row in rows] == ["0", "1", "2"]
    assert rows[1]["final_training_time"] == "1081.0"
    assert "1081.0" in call(*arguments)[1]


def test_export_and_import_give_the_same_table(call, store, tmp_path):
    file = tmp_path / "out.tfrecord"
    status, out, _ = call("export_records", f"--records={store}", f"--output={file}")
    assert (status, out) == (0, "exported 9 records, 3 cells\n")
    assert call("import_records", f"--source={file}", f"--output={tmp_path / 's2'}")[0] == 0
    for column in store.glob("*.npy"):
        assert (tmp_path / "s2" / column.name).read_bytes() == column.read_bytes()
    again = tmp_path / "again.tfrecord"
    call("export_records", f"--records={tmp_path / 's2'}", f"--output={again}")
    digests = {hashlib.sha256(path.read_bytes()).digest() for path in (file, again)}
    assert len(digests) == 1


def test_import_of_an_export_with_one_repeat_says_how(call, tmp_path):
    table = tmp_path / "one.tfrecord"
    graph = ("010001000", "input,maxpool3x3,output")
    with table.open("wb") as stream:
        tfrecord.write_frames(stream, [payload(POOL, 0, graph)])
    arguments = ("import_records", f"--source={table}", f"--output={tmp_path / 's'}")
    status, _, err = call(*arguments)
    assert status == 1
    assert f"expected 3 runs of 108 epochs for {POOL}" in err
    assert "received 1; --num_repeats=0 takes any number" in err
    assert call(*arguments, "--num_repeats=0")[:2] == (0, "imported 1 records, 1 cells\n")


def test_match_and_evaluate_take_a_store(call, store):
    flags = (f"--records={store}", "--format=json")
    status, out, _ = call("match", f"--cell={POOL}", "--templates=base", *flags)
    assert status == 0
    assert json.loads(out)[0]["trainable_params"] == 882570  # input, maxpool3x3, output


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        ("import_records --output=x", 2, "expected --source=..., received none"),
        ("import_records --source=x", 2, "expected --output=..., received none"),
        ("import_records --source=/nowhere --output=x", 2, "/nowhere does not exist"),
        ("import_records --source=S/t.tfrecord --output=S", 2, "it holds other files"),
        ("import_records --source=S --output=S/x", 1, "expected a TFRecord table, a CSV"),
        ("export_records --records=/nowhere --output=x", 2, "/nowhere does not exist"),
        ("export_records --output=x", 2, "expected --records=..., received none"),
        ("export_records --records=S/store --output=S/x.csv", 2, "in .tfrecord or .parquet, re"),
        ("export_records --records=S/store --output=S/x", 2, "received no suffix"),
        ("export_records --records=S/store", 2, "expected a file for --output, received none"),
        ("query --cell=best", 2, "expected --records=..., received none"),
        ("query --records=/nowhere --cell=best", 2, "/nowhere does not exist"),
        ("query --records=S/store", 2, "expected one of --hash=..., --hashes=... and --cell"),
        ("query --records=S/store --hash=1 --cell=best", 2, "expected one of --hash"),
        ("query --records=S/store --hash=1", 1, "expected a module hash of 32"),
        ("query --records=S/store --cell=inception", 1, "found none"),
        ("query --records=S/store --cell=resnet50", 2, "the benchmark's three operations"),
        ("import_records --verify", 2, "expected --output=..., received none"),
        ("import_records --verify --output=/nowhere", 2, "/nowhere does not exist"),
        ("import_records --verify --output=S", 1, "expected a folder made by import_records"),
    ],
)
def test_bad_input_is_one_line_and_a_status(call, store, argv, status, message):
    found, out, err = call(*argv.replace("=S", f"={store.parent}").split())
    assert (found, out) == (status, "")
    lines = [line for line in err.splitlines() if "error:" in line]
    assert len(lines) == 1
    assert message in lines[0]
