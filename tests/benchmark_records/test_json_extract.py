"""Damaged JSON extracts are refused with file name and place."""

import json

import pytest
import record_files
from record_files import A, B

from nasbench_templates.benchmark_records import json_extract
from nasbench_templates.support.errors import RecordError


def read(text, module_hash=None):
    return [record for _, record in json_extract.read(text, "f.json", module_hash)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"key":\n[', "line 2: expected complete JSON: Expecting value"),
        ("[1]", "expected a JSON object, received list"),
        ("{}", "expected a NAS-Bench-101 extract .* received the keys none"),
        ('{"a": 1}', "expected a NAS-Bench-101 extract .* received the keys a"),
        ('{"computed_statistics": {}}', r"missing \['module_hash', 'fixed_statistics'\]"),
        ('{"108_final_validation_accuracy": []}', "expected the keys key, .*; missing"),
        ("[" * 100_000, "expected a flat JSON object|expected complete JSON"),
    ],
)
def test_other_json_is_refused(text, message):
    with pytest.raises(RecordError, match=f"^f.json: .*(?:{message})"):
        read(text)


def test_a_repeat_that_lacks_a_value_is_absent():
    content = json.loads(record_files.full_json(A, [(0.9, 0.8, 10.0), (0.7, 0.6, 11.0)]))
    del content["computed_statistics"]["108"][0]["final_test_accuracy"]
    (record,) = read(json.dumps(content))
    first, second = record.runs[108]
    assert (first.final_validation_accuracy, first.final_test_accuracy) == (0.9, None)
    assert (second.final_validation_accuracy, second.final_test_accuracy) == (0.7, 0.6)
    assert first.halfway_validation_accuracy == 0.01


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"108"', '"108.0"', r"expected epochs as keys of computed_statistics, received '108\.0'"),
        ('"108"', '"0"', "expected a budget of at least 1 epoch, received 0"),
        ("[\n   {", "{\n   ", ".*expected complete JSON"),
        ("0.9", "true", "expected final_validation_accuracy to be a number, received bool"),
        ("0.9", '"0.9"', "expected final_validation_accuracy to be a number, received str"),
        ("0.9", "NaN", r"expected final_validation_accuracy in \[0, 1\], received nan"),
        ("0.9", "9" * 400, "expected final_validation_accuracy to be a number"),
        ("5356", "5356.5", "expected an integer in trainable_parameters, received 5356.5"),
        ("5356", "null", "expected trainable_parameters to be a number, received nothing"),
        ('"output"', "7", "expected labels in module_operations, received int"),
        ('"module_adjacency"', '"adjacency"', "expected module_adjacency to be a list"),
        (A, A[1:], "expected a module hash"),
    ],
)
def test_damaged_full_record_is_refused(old, new, message):
    text = record_files.full_json(A, [(0.9, 0.8, 10.0)])
    assert old in text
    with pytest.raises(RecordError, match=f"^f.json: .*{message}"):
        read(text.replace(old, new))


def test_full_record_of_another_cell_is_passed_over():
    assert read(record_files.full_json(A, []), B) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": [A]}, "expected lists of one length, received .*'key': 1"),
        ({"key": 3}, "expected key to be a list, received int"),
        ({"key": [A, 3]}, "entry 1: expected a module hash"),
        ({"operations": [[-1, 2, -2, -3], [-1, 9, -2, -3]]}, r"entry 1: .*received \[9\]"),
        ({"operations": [[-1, 2, -2, -3], [-1, -2, -3, -3]]}, "entry 1: .*beyond the 2 vertices"),
        ({"operations": [[-1, 2, -2, -3], [-3]]}, "entry 1: expected no edge beyond the 0"),
        ({"operations": [[-1, 2, -2, -3], [-1, 0, 2, 1, -2]]}, "entry 1: expected 4 operations"),
        (
            {"adjacency": [[[0.5]], [[0]]]},
            "entry 0: expected an integer in adjacency, received 0.5",
        ),
        ({"108_final_validation_accuracy": [0.5, 2]}, r"entry 1: .*\[0, 1\], received 2"),
        ({"36_final_validation_accuracy": [2, 0]}, r"entry 0: .*\[0, 1\], received 2"),
    ],
)
def test_damaged_column_lists_are_refused(changes, message):
    text = record_files.columns_json((A, 0.5, 1.0), (B, 0.5, 1.0), **changes)
    with pytest.raises(RecordError, match=f"^f.json: {message}"):
        read(text)


def test_other_entries_are_passed_over():
    text = record_files.columns_json((A, 7.0, 1.0), (B, 0.5, 1.0))
    (record,) = read(text, B)
    assert record.runs[108][0].final_validation_accuracy == 0.5


def test_column_lists_may_have_several_budgets():
    key = "4_final_validation_accuracy"
    (record,) = read(record_files.columns_json((A, 0.5, 9.0), **{key: [0.25]}))
    assert {epochs: run[0].final_validation_accuracy for epochs, run in record.runs.items()} == {
        4: 0.25,
        108: 0.5,
    }
    assert [run[0].final_training_time for run in record.runs.values()] == [None, 9.0]
