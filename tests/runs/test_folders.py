"""What run folders tell of epochs and failures, also where a file is damaged."""

import pytest

from nasbench_templates.runs.folders import RunFolder
from nasbench_templates.support.errors import DataError


def test_failures_are_noted_beside_a_line_that_a_full_disk_cut_short(tmp_path):
    folder = RunFolder(tmp_path, {})
    folder.record_failure("first")
    folder.failures.write_text(folder.failures.read_text() + '{"reason": "No spa')
    assert [each["reason"] for each in folder.read_failures()] == ["first"]
    folder.record_failure("second")
    assert [each["reason"] for each in folder.read_failures()] == ["first", "second"]


@pytest.mark.parametrize("line", ['{"epoch": 2, "lo', "2"])
def test_a_damaged_epoch_is_told_with_its_place(tmp_path, line):
    folder = RunFolder(tmp_path, {})
    folder.write_epochs([{"epoch": 1}])
    folder.metrics.write_text(folder.metrics.read_text() + line)
    with pytest.raises(DataError, match=r"metrics\.jsonl, line 2: expected an epoch as JSON"):
        folder.read_epochs()
