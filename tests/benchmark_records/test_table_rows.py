"""Rows of the TFRecord table: parsed in batches, faults named one by one."""

import base64
import json

import numpy as np
import pytest
import table_files
from table_files import A, B

from nasbench_templates.benchmark_records import table_rows
from nasbench_templates.benchmark_records.cell_record import CellRecord, Run
from nasbench_templates.benchmark_records.faults import Faults
from nasbench_templates.benchmark_records.tfrecord import Frames
from nasbench_templates.support.errors import RecordError

GOOD = table_files.rows([A], repeats=1)[0]
MESSAGE = table_files.run_message(108, table_files.metrics(0))


def frames(payloads):
    numbers = np.arange(1, len(payloads) + 1)
    return Frames(payloads, numbers, 1000 * numbers)


def changed(place, value):
    row = json.loads(GOOD)
    row[place] = value
    return json.dumps(row).encode()


def metrics_text(**changes):
    message = table_files.run_message(108, table_files.metrics(0), **changes)
    return base64.b64encode(message).decode()


def test_a_row_in_full():
    (row,) = table_rows.decode(frames([GOOD]), Faults("f"))
    assert (row["prefix"], row["suffix"]) == (int(A[:16], 16), int(A[16:], 16))
    assert (row["epochs"], row["parameters"], row["vertices"]) == (108, 5356, 4)
    assert row["edges"] == 0b100101  # bit x + y (y - 1) / 2 of the edges 0-1, 1-2 and 2-3
    assert row["labels"] == 1 + (1 << 2)  # twice conv1x1-bn-relu
    assert (row["number"], row["offset"]) == (1, 1000)
    assert row["metrics"].tolist() == list(table_files.metrics(0))


def test_base64_in_one_line_is_accepted():
    (row,) = table_rows.decode(frames([changed(4, metrics_text())]), Faults("f"))
    assert row["metrics"].tolist() == list(table_files.metrics(0))


def test_no_rows():
    assert table_rows.decode(frames([]), Faults("f")).shape == (0,)


BAD = {
    "no JSON": (b"{", "expected a JSON row"),
    "not UTF-8": (b"[\xff]", "expected a JSON row"),
    "an object": (b"{}", "expected a JSON row"),
    "two rows": (GOOD + b"," + GOOD, "expected a JSON row"),
    "nothing": (b"", "expected a JSON row"),
    "too short": (b"[1, 2, 3, 4]", "expected a JSON row"),
    "a number as hash": (changed(0, 5), "received a int: 5"),
    "epochs as text": (changed(1, "108"), "received a str: '108'"),
    "epochs as truth": (changed(1, True), "received a bool: True"),
    "no epochs": (changed(1, 0), "expected epochs in 1..65535, received 0"),
    "short hash": (changed(0, A[1:]), "expected a module hash"),
    "upper-case hash": (changed(0, A.upper()), "expected a module hash"),
    "hash with blanks": (changed(0, A[2:] + "  "), "expected a module hash"),
    "no square": (changed(2, "01000"), "expected a square matrix"),
    "other digits": (changed(2, "0200001000010000"), "expected a square matrix"),
    "cycle": (changed(2, "0100101000010000"), "expected an upper-triangular matrix"),
    "operation": (changed(3, "input,conv,conv,output"), "expected one of conv3x3-bn-relu"),
    "operations": (changed(3, "input,output"), "expected 4 operations, received 2"),
    "base64": (changed(4, "A"), "expected metrics in base64"),
    "not ASCII": (changed(4, "\u00e9" * 4), "expected metrics in base64"),
    "message": (changed(4, "AAAA"), "expected a whole ModelMetrics message"),
    "parameters": (changed(4, metrics_text(parameters=0)), "expected trainable_parameters in 1"),
    "many parameters": (changed(4, metrics_text(parameters=2**31)), "trainable_parameters in 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_among_good_ones_is_named(name):
    payload, message = BAD[name]
    payloads = [GOOD] * 5 + [payload] + [GOOD] * 3
    with pytest.raises(RecordError, match=rf"^f: record 6 at byte 6000: .*{message}"):
        table_rows.decode(frames(payloads), Faults("f"))
    faults = Faults("f", skip=True)
    rows = table_rows.decode(frames(payloads), faults)
    assert rows["number"].tolist() == [1, 2, 3, 4, 5, 7, 8, 9]
    assert faults.skipped == 1


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (0, -1.0, "expected halfway_training_time >= 0 seconds, received -1.0"),
        (4, float("inf"), "expected final_training_time >= 0 seconds, received inf"),
        (1, 1.5, r"expected halfway_train_accuracy in \[0, 1\], received 1.5"),
        (7, -0.1, r"expected final_test_accuracy in \[0, 1\], received -0.1"),
    ],
)
def test_impossible_values_are_refused(place, value, message):
    run = list(table_files.metrics(0))
    run[place] = value
    bad = table_files.payload(B, 108, table_files.run_message(108, run))
    with pytest.raises(RecordError, match=f"record 2 at byte 2000: {message}"):
        table_rows.decode(frames([GOOD, bad]), Faults("f"))


def test_written_rows_have_the_published_form():
    content = table_rows.encode_row(A, 108, *table_files.graph_of(A), MESSAGE)
    assert content == GOOD


def test_a_cell_comes_back_from_its_rows():
    cell = CellRecord(
        A,
        {4: (Run(*table_files.metrics(1)),), 108: (Run(final_test_accuracy=0.5), Run())},
        5356,
        table_files.MATRIX,
        table_files.OPERATIONS,
    )
    rows = table_rows.decode(frames(table_rows.encode_cells([cell])), Faults("f"))
    direct = table_rows.from_cells([cell], 1)
    for name in ("prefix", "suffix", "edges", "labels", "vertices", "parameters", "epochs"):
        assert rows[name].tolist() == direct[name].tolist()
    np.testing.assert_array_equal(rows["metrics"], direct["metrics"])  # NaN equals NaN here
    assert direct["epochs"].tolist() == [4, 108, 108]


def test_a_cell_without_graph_is_not_exported():
    with pytest.raises(RecordError, match=f"{A}: expected the graph that the benchmark stores"):
        table_rows.encode_cells([CellRecord(A, {108: (Run(),)})])


def test_a_cell_is_found_in_a_file_without_reading_the_others(tmp_path):
    path = tmp_path / "t.tfrecord"
    broken = changed(0, "5").replace(b"input", b"other")
    table_files.write(path, [*table_files.rows([A, B], (4, 108)), broken])
    (cell,) = table_rows.find_cell(path, B)
    assert cell.runs[4] == tuple(Run(*table_files.metrics(10 + repeat)) for repeat in range(3))
    assert list(cell.runs) == [4, 108]
    assert (cell.matrix, cell.operations) == (table_files.MATRIX, table_files.OPERATIONS_OF[B])
    assert list(table_rows.find_cell(path, "0" * 32)) == []
