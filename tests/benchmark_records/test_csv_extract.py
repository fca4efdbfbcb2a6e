"""Damaged comma-separated extracts are refused with file name and line number."""

import pytest
import record_files
from record_files import A, B

from nasbench_templates.benchmark_records import csv_extract
from nasbench_templates.support.errors import RecordError


def read(text, module_hash=None):
    return [record for _, record in csv_extract.read(text.splitlines(), "f.csv", module_hash)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.25", "high", "expected a number in column val_acc_108, received 'high'"),
        ("0.25", "1_0", "expected a number in column val_acc_108, received '1_0'"),
        ("0.25", " 0.2", "expected a number in column val_acc_108, received ' 0.2'"),
        ("0.25", "1.5", r"expected final_validation_accuracy in \[0, 1\], received 1\.5"),
        ("0.25", "nan", r"expected final_validation_accuracy in \[0, 1\], received nan"),
        (",77,", ",-7,", "expected final_training_time >= 0 seconds, received -7"),
        ("5356", "5356.0", "expected an integer in column trainable_parameters"),
        ("5356", "", "expected an integer in column trainable_parameters, received ''"),
        ("5356", "0", "expected trainable_parameters >= 1, received 0"),
        ("010;001;000", "010;001", r"expected a square matrix .*lengths \[3, 3\]"),
        ("010;001;000", "010;001;00x", "expected rows of 0 and 1 joined by ';'"),
        ("010;001;000", "010;001;100", "expected an upper-triangular .*received 1 in row 2"),
        ("|output", "", "expected 3 operations, received 2"),
        ("conv3x3-bn-relu", "conv", "expected one of .*received 'conv'"),
        (B, B[1:], "expected a module hash of 32"),
        (",published", "", "expected 9 values, received 8"),
        (",published", ',"published', "expected comma-separated values"),
    ],
)
def test_damaged_row_is_refused(old, new, message):
    header, row, last = record_files.val_csv((A, 0.5, 1), (B, 0.25, 77)).splitlines()
    assert old in last
    text = "\n".join([header, row, last.replace(old, new, 1)])
    with pytest.raises(RecordError, match=f"^f.csv: line 3: {message}"):
        read(text)


def test_damage_in_the_graph_of_a_test_extract_is_noticed():
    with pytest.raises(RecordError, match=r"f\.csv: line 2: expected rows of 0 and 1"):
        read(record_files.draws_csv((A, 0.5)).replace("010;001;000", "010;001;0a0"))


@pytest.mark.parametrize(
    ("column", "other"), [("module_adjacency", "matrix"), ("final_training_time", "time")]
)
def test_missing_columns_are_named(column, other):
    text = record_files.val_csv((A, 0.5, 1)).replace(column, other)
    with pytest.raises(RecordError, match=f"f.csv: line 1: .*missing {column}"):
        read(text)


@pytest.mark.parametrize(
    ("text", "received"),
    [
        ("a,b\n1,2", "received the columns a, b"),
        ("", "received the columns of an empty file"),
        ("\n\n", "received the columns of an empty file"),
    ],
)
def test_other_tables_are_refused(text, received):
    with pytest.raises(
        RecordError, match=f"f.csv: line 1: .* column val_acc_108 or test_acc_108, {received}"
    ):
        read(text)


def test_one_endless_line_is_refused():
    with pytest.raises(RecordError, match=r"f\.csv: line 1: expected comma-separated values"):
        read("x" * 200_000)


def test_blank_lines_and_windows_line_ends_are_accepted():
    text = record_files.val_csv((A, 0.5, 1), (B, 0.25, 7)).replace("\n", "\r\n") + "\r\n"
    assert [record.module_hash for record in read(text)] == [A, B]


def test_order_of_columns_does_not_matter():
    rows = [line.split(",") for line in record_files.val_csv((A, 0.5, 1)).splitlines()]
    text = "\n".join(",".join(reversed(row)) for row in rows)
    assert read(text, A) == read(record_files.val_csv((A, 0.5, 1)))
