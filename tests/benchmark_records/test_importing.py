"""Imports: whole or not at all, faults named, every value to the last bit."""

import gzip
import json
import math
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import record_files
import table_files
from table_files import A, B, C

from nasbench_templates.benchmark_records import graph_identity, importing, store_format, tfrecord
from nasbench_templates.benchmark_records.cell_record import METRICS, Run
from nasbench_templates.benchmark_records.store import RecordStore
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.errors import ConfigError, RecordError


def make(tmp_path, payloads, **options):
    source = tmp_path / "t.tfrecord"
    offsets = table_files.write(source, payloads)
    result = importing.import_records(source, tmp_path / "store", **options)
    return RecordStore.open(tmp_path / "store"), result, offsets


def test_a_table_comes_back(tmp_path):
    store, result, _ = make(tmp_path, table_files.rows(budgets=(4, 108)))
    assert (result.manifest.num_records, result.manifest.num_cells) == (18, 3)
    assert list(store.hashes()) == [A, B, C]
    for cell, record in enumerate(store):
        expected = tuple(Run(*table_files.metrics(10 * cell + repeat)) for repeat in range(3))
        assert record.runs == {4: expected, 108: expected}
        assert record.trainable_parameters == 5356
        assert record.matrix == table_files.MATRIX
        assert record.operations == table_files.OPERATIONS_OF[record.module_hash]


def test_the_order_of_rows_does_not_matter_but_for_repeats(tmp_path):
    rows = table_files.rows(budgets=(4, 108))
    ordered, _, _ = make(tmp_path, rows)
    cells = [rows[start : start + 3] for start in range(0, len(rows), 3)]
    random.Random(1).shuffle(cells)
    mixed = [row for repeat in range(3) for row in [cell[repeat] for cell in cells]]
    (tmp_path / "other").mkdir()
    assert list(make(tmp_path / "other", mixed)[0]) == list(ordered)


def test_hashes_with_equal_beginnings(tmp_path, monkeypatch):
    # No two cells have such hashes, so these belong to no graph.
    monkeypatch.setattr(graph_identity.Descriptions, "wrong", lambda self: iter(()))
    names = ["7" * 16 + digit * 16 for digit in "a0f3"]
    rows = [row for row in table_files.rows(names, repeats=1)]
    store, _, _ = make(tmp_path, [rows[i] for i in (1, 0, 3, 2)], num_repeats=1)
    assert list(store.hashes()) == sorted(names)
    for cell, name in enumerate(names):
        assert store.get(name).runs[108] == (Run(*table_files.metrics(10 * cell)),)
    assert store.get("7" * 32) is None


def test_a_row_that_contradicts_its_cell(tmp_path):
    rows = table_files.rows()
    other = table_files.run_message(108, table_files.metrics(12), parameters=9)
    rows[5] = table_files.payload(B, 108, other)
    with pytest.raises(RecordError, match=rf"record 6 at byte \d+: {B}: .* of record 4,"):
        make(tmp_path, rows)
    graph = ("0110000100010000", table_files.GRAPH[1])
    rows[5] = table_files.payload(
        B, 108, table_files.run_message(108, table_files.metrics(12)), graph
    )
    with pytest.raises(RecordError, match="expected the graph and parameter count of record 4"):
        make(tmp_path, rows)
    store, result, _ = make(tmp_path, rows, skip_damaged=True)
    assert result.manifest.skipped == 1
    assert len(store.get(B).runs[108]) == 2


def test_missing_repeats_are_named(tmp_path):
    rows = table_files.rows()
    del rows[4]
    offsets = table_files.write(tmp_path / "x", rows)
    message = (
        rf"record 5 at byte {offsets[4]}: missing repeats: expected 3 runs of 108 .*received 2"
    )
    with pytest.raises(RecordError, match=message):
        make(tmp_path, rows)
    store, result, _ = make(tmp_path, rows, skip_damaged=True)
    assert (result.manifest.skipped, result.manifest.num_records) == (0, 8)
    assert "missing repeats" in result.messages[0]
    assert [len(record.runs[108]) for record in store] == [3, 2, 3]


def test_a_missing_budget_is_named(tmp_path):
    rows = table_files.rows([A], (4, 108)) + table_files.rows([B], (108,))
    with pytest.raises(RecordError, match=rf"record 9 .*expected 3 runs of 4 epochs for {B}"):
        make(tmp_path, rows)


def test_duplicate_rows_are_named(tmp_path):
    rows = table_files.rows()
    rows.insert(6, rows[3])
    offsets = table_files.write(tmp_path / "x", rows)
    message = rf"record 7 at byte {offsets[6]}: {B}: duplicate row: expected 3 runs .* received 4"
    with pytest.raises(RecordError, match=message):
        make(tmp_path, rows)
    store, result, _ = make(tmp_path, rows, skip_damaged=True)
    assert result.manifest.skipped == 1
    assert [run.final_test_accuracy for run in store.get(B).runs[108]] == [
        table_files.metrics(10 + repeat)[7] for repeat in range(3)
    ]


def test_any_number_of_repeats_on_request(tmp_path):
    rows = table_files.rows([A], repeats=2) + table_files.rows([B], repeats=5)
    store, _, _ = make(tmp_path, rows, num_repeats=None)
    assert [len(record.runs[108]) for record in store] == [2, 5]


@pytest.mark.parametrize("place", [3, 9, 30, -2])  # length, its checksum, payload, its checksum
def test_one_flipped_bit(tmp_path, place):
    source = tmp_path / "t.tfrecord"
    offsets = table_files.write(source, table_files.rows())
    content = bytearray(source.read_bytes())
    content[offsets[4] + place if place > 0 else offsets[5] + place] ^= 16
    source.write_bytes(content)
    with pytest.raises(RecordError, match=rf"t.tfrecord: record 5 at byte {offsets[4]}: "):
        importing.import_records(source, tmp_path / "store")
    assert not (tmp_path / "store").exists()
    assert list(tmp_path.iterdir()) == [source]
    result = importing.import_records(source, tmp_path / "store", skip_damaged=True)
    manifest = result.manifest
    assert (manifest.num_records, manifest.num_cells, manifest.skipped) == (8, 3, 1)
    assert f"record 5 at byte {offsets[4]}" in result.messages[0]


def test_nothing_but_damage_is_no_store(tmp_path):
    source = tmp_path / "t.tfrecord"
    source.write_bytes(b"x" * 100)
    with pytest.raises(RecordError, match="expected at least one whole record"):
        importing.import_records(source, tmp_path / "store", skip_damaged=True)
    assert not (tmp_path / "store").exists()


def test_a_second_import_does_nothing(tmp_path):
    _, first, _ = make(tmp_path, table_files.rows())
    before = (tmp_path / "store" / store_format.MANIFEST).stat()
    source = tmp_path / "t.tfrecord"
    again = importing.import_records(source, tmp_path / "store")
    assert (first.is_new, again.is_new, again.manifest) == (True, False, first.manifest)
    # The same bytes under another name and time are the same source.
    copy = tmp_path / "copy"
    copy.write_bytes(source.read_bytes())
    os.utime(copy, (1, 1))
    assert not importing.import_records(copy, tmp_path / "store").is_new
    assert (tmp_path / "store" / store_format.MANIFEST).stat() == before


def test_another_source_is_not_written_over(tmp_path):
    make(tmp_path, table_files.rows())
    with pytest.raises(ConfigError, match=r"records of t\.tfrecord with other contents"):
        make(tmp_path, table_files.rows([A]))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(ConfigError, match="it holds other files"):
        importing.import_records(tmp_path / "t.tfrecord", tmp_path / "full")


def test_a_damaged_store_is_not_taken_for_a_finished_import(tmp_path):
    make(tmp_path, table_files.rows())
    (tmp_path / "store" / "runs_108.npy").unlink()
    with pytest.raises(RecordError, match="remove the folder and import again"):
        importing.import_records(tmp_path / "t.tfrecord", tmp_path / "store")


def test_many_faults_are_counted_but_not_all_described(tmp_path):
    names = table_files.enumerated(30)
    _, result, _ = make(tmp_path, table_files.rows(names, repeats=1), skip_damaged=True)
    assert len(result.messages) == 21
    assert result.messages[-1] == "t.tfrecord: and 10 more"


FULL = """
import resource, sys
from nasbench_templates.benchmark_records import importing
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    importing.import_records(sys.argv[1], sys.argv[2])
except OSError as error:
    print(error)
"""


@pytest.mark.parametrize("most", [200, 20_000])
def test_a_disk_that_is_full_is_named(tmp_path, most):
    source = tmp_path / "t.tfrecord"
    table_files.write(source, table_files.rows(table_files.enumerated(300)))
    command = [sys.executable, "-c", FULL, source, tmp_path / "store", str(most)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"[Errno 27] File too large: '{tmp_path / 'store'}'\n"
    assert list(tmp_path.iterdir()) == [source]


def test_an_empty_folder_is_used(tmp_path):
    (tmp_path / "store").mkdir()
    assert len(make(tmp_path, table_files.rows())[0]) == 3


def test_what_a_killed_import_left_is_removed_but_not_what_a_living_one_has(tmp_path):
    left = tmp_path / ".partial-store-killed"
    left.mkdir()
    (left / "part0").touch()
    (tmp_path / ".partial-store-renamed.lock").touch()
    with importing._new_folder(tmp_path / "store") as living:
        assert not left.exists()
        make(tmp_path, table_files.rows())
        assert living.exists()
    assert not living.exists()
    assert not list(tmp_path.glob(".*"))


def test_extracts_and_absent_values(tmp_path):
    source = tmp_path / "e.csv"
    source.write_text(record_files.val_csv((record_files.B, 0.5, 100.5), (record_files.A, "", 9)))
    result = importing.import_records(source, tmp_path / "store")
    store = RecordStore.open(tmp_path / "store")
    assert (result.manifest.num_records, result.manifest.num_cells) == (4, 2)
    assert store.get(record_files.A).runs == {
        4: (Run(final_validation_accuracy=0.1),),
        108: (Run(final_training_time=9.0),),
    }
    assert store.get(record_files.B).runs[108] == (
        Run(final_validation_accuracy=0.5, final_training_time=100.5),
    )


def test_the_test_extract_is_imported(data_folder, tmp_path):
    source = data_folder / "nasbench101" / "nasbench101_test_143.csv"
    result = importing.import_records(source, tmp_path / "store")
    store = RecordStore.open(tmp_path / "store")
    assert (result.manifest.num_records, result.manifest.num_cells) == (429, 97)
    assert store.budgets == (12, 36, 108)
    for record in store:
        assert Cell(record.matrix, record.operations).canonical().matrix == record.matrix


def test_a_row_that_stands_twice_is_counted_once_and_named(tmp_path, caplog):
    source = tmp_path / "e.csv"
    source.write_text(record_files.draws_csv(*[(record_files.A, 0.5), (record_files.A, 0.6)] * 2))
    importing.import_records(source, tmp_path / "store")
    runs = RecordStore.open(tmp_path / "store").get(record_files.A).runs[108]
    assert [run.final_test_accuracy for run in runs] == [0.5, 0.6]
    assert "e.csv: line 4 repeats line 2; it is counted once" in caplog.text


def test_cells_without_graph_or_parameters(tmp_path):
    source = tmp_path / "own.csv"
    source.write_text(f"module_hash,epochs,test_accuracy\n{B},20,0.5\n{A},20,0.25\n{B},20,0.75\n")
    importing.import_records(source, tmp_path / "store")
    store = RecordStore.open(tmp_path / "store")
    store.verify()
    record = store.get(B)
    assert (record.matrix, record.operations, record.trainable_parameters) == (None, None, None)
    assert [run.final_test_accuracy for run in record.runs[20]] == [0.5, 0.75]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"some text\n"])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "x.bin").write_bytes(content)
    message = r"^x\.bin: record 1 at byte 0: expected a TFRecord table, .* none of them"
    with pytest.raises(RecordError, match=message):
        importing.import_records(tmp_path / "x.bin", tmp_path / "store")


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(RecordError, match=f"^{tmp_path}: expected a TFRecord table"):
        importing.import_records(tmp_path, tmp_path / "store")


def test_missing_source(tmp_path):
    with pytest.raises(RecordError, match="none: expected a file or a folder, there is none"):
        importing.import_records(tmp_path / "none", tmp_path / "store")


def test_every_real_row_comes_back_to_the_last_bit(data_folder, tmp_path):
    source = data_folder / "nasbench101" / "nasbench101_val_25001.csv.gz"
    importing.import_records(source, tmp_path / "store")
    store = RecordStore.open(tmp_path / "store")
    header, *lines = gzip.decompress(source.read_bytes()).decode().splitlines()
    names = header.split(",")
    assert len(lines) == len(store) == 25001
    for line in lines:
        row = dict(zip(names, line.split(","), strict=True))
        record = store.get(row["module_hash"])
        assert ";".join("".join(map(str, r)) for r in record.matrix) == row["module_adjacency"]
        assert "|".join(record.operations) == row["module_operations"]
        assert record.trainable_parameters == int(row["trainable_parameters"])
        for epochs in (4, 12, 36, 108):
            (run,) = record.runs[epochs]
            time_text = row["final_training_time"] if epochs == 108 else None
            assert run == Run(
                final_validation_accuracy=float(row[f"val_acc_{epochs}"]),
                final_training_time=None if time_text is None else float(time_text),
            )


def test_the_full_official_record_comes_back_to_the_last_bit(data_folder, tmp_path):
    source = data_folder / "nasbench101" / "one_full_record.json"
    importing.import_records(source, tmp_path / "store")
    content = json.loads(source.read_text())
    record = RecordStore.open(tmp_path / "store").get(content["module_hash"]).to_json()
    assert record == {
        "module_hash": content["module_hash"],
        **content["fixed_statistics"],
        "epochs": content["computed_statistics"],
    }
    assert list(record["epochs"]["108"][0]) == list(METRICS)


# Reads in small blocks with pauses, so that a kill meets every stage.
KILLED = """
import sys, time
from nasbench_templates.benchmark_records import importing, tfrecord
tfrecord._BLOCK_BYTES = 1 << 16
print("begins", flush=True)
importing.import_records(sys.argv[1], sys.argv[2], on_progress=lambda count: time.sleep(0.002))
print("done", flush=True)
"""


def assert_whole(folder):
    store = RecordStore.open(folder)
    store.verify()
    assert len(store) == 4000
    assert sum(len(record.runs[108]) for record in store) == 12000


def start_import(source, output):
    """Starts an import in a process of its own; returns when it begins to work."""
    command = [sys.executable, "-c", KILLED, source, output]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def kill_imports(tmp_path, times):
    """Kills imports at random moments, checks what they leave and imports to the end.

    Returns how many were killed before they were finished.
    """
    source = tmp_path / "t.tfrecord"
    names = table_files.enumerated(4000)
    with source.open("wb") as stream:
        tfrecord.write_frames(stream, table_files.rows(names))
    with start_import(source, tmp_path / "whole") as process:
        start = time.monotonic()
        process.stdout.readline()
        seconds = time.monotonic() - start
    generator = random.Random(0)
    num_unfinished = 0
    for attempt in range(times):
        output = tmp_path / f"store{attempt}"
        with start_import(source, output) as process:
            time.sleep(generator.uniform(0, seconds))
            process.send_signal(signal.SIGKILL)
        num_unfinished += not output.exists()
        for folder in (output, *tmp_path.glob(".partial-*")):
            if (folder / store_format.MANIFEST).exists():
                assert_whole(folder)
            else:
                with pytest.raises(RecordError, match="expected a folder made by import_records"):
                    RecordStore.open(folder)
        assert importing.import_records(source, output).manifest.num_records == 12000
        assert not list(tmp_path.glob(f".partial-{output.name}-*"))
    return num_unfinished


def test_killed_imports_leave_nothing_that_opens(tmp_path):
    assert kill_imports(tmp_path, 3)


@pytest.mark.slow
def test_many_killed_imports_leave_nothing_that_opens(tmp_path):
    assert kill_imports(tmp_path, 20) >= 5


def test_readers_go_on_while_another_source_is_imported(tmp_path):
    store, _, _ = make(tmp_path, table_files.rows())
    records = iter(store)
    first = next(records)
    (tmp_path / "other").mkdir()
    make(tmp_path / "other", table_files.rows([A]))
    assert [first, *records] == list(RecordStore.open(tmp_path / "store"))
    assert math.isfinite(first.runs[108][0].final_training_time)


_HEAD = "module_hash,epochs,test_accuracy\n"


@pytest.mark.parametrize(
    ("name", "head", "message"),
    [
        ("a.csv", _HEAD, "line 2: expected at most 1,048,576 characters"),
        ("a.csv.gz", "module_hash,", "line 1: expected at most 1,048,576 characters"),
        ("a.jsonl.gz", '{"epochs": 3, "x": "', "line 1: expected at most 1,048,576 characters"),
        ("a.json", '{"computed_statistics": "', "expected at most 268,435,456 bytes"),
    ],
)
def test_one_endless_line_takes_no_memory(tmp_path, name, head, message):
    path = tmp_path / name
    with path.open("wb") as file:
        if path.suffix == ".gz":
            file.write(gzip.compress(head.encode()))
            file.write(gzip.compress(bytes(1_000_000)) * 300)
        else:
            file.write(head.encode())
            file.truncate(300_000_000)  # zeros that take no disk
    code = (
        "import sys; from nasbench_templates.__main__ import main; "
        f"main(['import_records', '--source={path}', '--output={tmp_path / 'out'}']); "
        "print(*(line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"{path.name}: {message}" in done.stderr
    assert int(done.stdout) < 80_000
