"""The published values of the named cells."""

import pytest

from nasbench_templates.benchmark_records import lookup, published_records
from nasbench_templates.support.errors import RecordError

BEST = "02e5a0247bbdcf2860b7e96f74961594"
INCEPTION_LIKE = "28cfc7874f6d200472e1a9dcd8650aa0"
RESNET_LIKE = "b5fb4f6193360330b6ff6a52cbf0cad7"


@pytest.mark.parametrize(
    ("key", "accuracy", "kind"),
    [
        (BEST, 0.943175752957662, "published mean of three repeats"),
        (INCEPTION_LIKE, 0.9311898946762085, "one published run"),
        (RESNET_LIKE, 0.9312, "published mean of three repeats"),
    ],
)
def test_test_accuracy_and_its_kind(key, accuracy, kind):
    record = published_records.published_record(key)
    assert record.module_hash == key
    assert record.test_accuracy == (accuracy,)
    assert record.source.startswith(kind)


def test_inception_like_run_is_complete_and_names_the_papers_mean():
    record = published_records.published_record(INCEPTION_LIKE)
    assert record.validation_accuracy == (0.9376001358032227,)
    assert record.training_time == (1155.85302734375,)
    assert "0.9295" in record.source


def test_other_cells_have_no_published_record():
    assert published_records.published_record("0" * 32) is None


def test_malformed_hash_is_refused():
    with pytest.raises(RecordError, match="expected a module hash"):
        published_records.published_record("best")


def test_published_parameters_equal_those_of_the_records(data_folder):
    read = lookup.read_records([data_folder / "nasbench101"])
    assert read.get(BEST).trainable_parameters == 32_426_634
    for key in published_records.PUBLISHED:
        stored, printed = read.get(key), published_records.published_record(key)
        if stored is not None and None not in (stored.matrix, printed.matrix):
            assert stored.matrix == printed.matrix
            assert stored.operations == printed.operations
