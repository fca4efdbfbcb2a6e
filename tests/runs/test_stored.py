"""Files of runs with something wrong in them: named and left out, wherever they are read."""

import json
import re

import pytest
import result_folders

from nasbench_templates.report import collection
from nasbench_templates.runs import stored

CONFIG = {
    "model": "vgg19", "graph_sha256": "0" * 64, "template": "b", "filters": [8, 8], "seed": 0,
    "dataset": "digits", "data_checksum": "1", "training": {}, "backend": "tensorflow",
    "smoke": False,
}  # fmt: skip
RESULT = {
    "status": "finished", "template": "b", "filters": [8, 8], "seed": 0, "data_checksum": "1",
    "val_accuracy": None, "test_accuracy": 0.5, "train_seconds": 1.0, "device": "cpu",
    "versions": {"keras": "3"},
}  # fmt: skip


def test_whole_files_have_no_fault():
    assert stored.config_fault(CONFIG) is None
    assert stored.result_fault(RESULT, CONFIG) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"test_accuracy": 1.5}, "test_accuracy: 1.5 is greater than the maximum"),
        ({"test_accuracy": "0.5"}, "is not of type 'number'"),
        ({"status": "finisheD"}, "'finisheD' is not one of"),
        ({"filters": [8, "8"]}, r"filters\[1\]"),
        ({"template": "c"}, "result.json and config.json differ in template"),
        ({"versions": ["3"]}, "versions"),
    ],
)
def test_wrong_result_is_told(change, words):
    assert re.search(words, stored.result_fault({**RESULT, **change}, CONFIG))


def test_missing_figures_are_told():
    bare = {"status": "finished"}
    assert "is a required property" in stored.result_fault(bare, CONFIG)
    assert stored.result_fault({"status": "failed"}, CONFIG) is None


def test_report_leaves_out_a_damaged_run_and_shows_the_rest(tmp_path):
    result_folders.write_runs(tmp_path)
    whole = collection.collect(tmp_path)
    path = tmp_path / whole.runs[0].path / "config.json"
    text = path.read_text()
    for damage in (text.replace('"model"', '"modeL"'), "[" * 100_000, "{", "\udcff"):
        path.write_text(damage, errors="surrogateescape")
        found = collection.collect(tmp_path)
        assert len(found.runs) == len(whole.runs) - 1
        assert [row["path"] for row in found.left_out.rows] == [whole.runs[0].path]
        assert found.tables[0] is found.left_out


def test_every_single_flipped_bit_of_a_result_is_harmless(tmp_path):
    """No flip ends in an exception: the run is shown, or named and left out."""
    result_folders.write_runs(tmp_path)
    place = tmp_path / collection.collect(tmp_path).runs[0].path
    for name in ("result.json", "config.json"):
        content = (place / name).read_bytes()
        for position in range(0, len(content), 7):
            flipped = bytearray(content)
            flipped[position] ^= 1 << position % 8
            (place / name).write_bytes(flipped)
            collection.collect(tmp_path)
        (place / name).write_bytes(content)
    assert json.loads((place / "result.json").read_text())
