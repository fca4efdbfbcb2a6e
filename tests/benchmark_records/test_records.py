"""Files, folders and look-ups of benchmark records."""

import gzip
import json

import pytest
import record_files
import table_files
from record_files import A, B, C

from nasbench_templates.benchmark_records import importing, lookup
from nasbench_templates.support.errors import RecordError

MATRIX = ((0, 1, 0), (0, 0, 1), (0, 0, 0))
LABELS = ("input", "maxpool3x3", "output")


def test_validation_extract(tmp_path):
    (tmp_path / "any.name").write_text(record_files.val_csv((A, 0.5, 100.5), (B, "", 9)))
    read = lookup.read_records([tmp_path / "any.name"])
    assert len(read) == 2
    assert [record.module_hash for record in read] == [A, B]
    assert read.get(A) == lookup.Record(
        A, "any.name", (0.5,), (), (100.5,), 5356, matrix=MATRIX, operations=LABELS
    )
    assert read.get(B).validation_accuracy == ()  # an empty cell is a repeat that is not there
    assert read.get(C) is None


def test_test_extract_keeps_distinct_repeats(tmp_path):
    (tmp_path / "t.csv").write_text(record_files.draws_csv((A, 0.5), (B, 0.7), (A, 0.6), (A, 0.5)))
    read = lookup.read_records([tmp_path / "t.csv"])
    assert read.get(A) == lookup.Record(
        A, "t.csv", (), (0.5, 0.6), (), 5356, matrix=MATRIX, operations=LABELS
    )


def test_test_extract_gives_graphs_in_the_order_that_the_benchmark_stores(
    data_folder, validation_records
):
    ours = lookup.read_records([data_folder / "nasbench101" / "nasbench101_test_143.csv"])
    stored = validation_records
    both = [record for record in ours if stored.get(record.module_hash) is not None]
    assert len(ours) == 97
    assert len(both) == 11
    for record in both:
        other = stored.get(record.module_hash)
        assert (record.matrix, record.operations) == (other.matrix, other.operations)
        assert record.trainable_parameters == other.trainable_parameters


def test_full_record(tmp_path):
    (tmp_path / "r.json").write_text(
        record_files.full_json(A, [(0.9, 0.8, 10.0), (0.9, 0.7, 12.0)])
    )
    read = lookup.read_records([str(tmp_path / "r.json")])
    assert read.get(A) == lookup.Record(
        A, "r.json", (0.9, 0.9), (0.8, 0.7), (10.0, 12.0), 5356, matrix=MATRIX, operations=LABELS
    )


def test_column_lists_lose_their_padding(tmp_path):
    (tmp_path / "c.json").write_text(record_files.columns_json((A, 0.5, 100.5), (B, 0.6, 90.0)))
    read = lookup.read_records([tmp_path / "c.json"])
    assert read.get(B) == lookup.Record(
        B, "c.json", (0.6,), (), (90.0,), 5356, MATRIX, tuple(record_files.labels_of(B))
    )


@pytest.fixture
def folder(tmp_path):
    """A folder with every layout, all mentioning cell A, and two unrelated files."""
    (tmp_path / "1.csv.gz").write_bytes(
        gzip.compress(record_files.val_csv((A, 0.9, 10.0)).encode())
    )
    (tmp_path / "2.csv").write_text(record_files.draws_csv((A, 0.8), (A, 0.7), (B, 0.2)))
    (tmp_path / "3.json").write_text(record_files.columns_json((A, 0.9, 10.0), (C, 0.3, 1.0)))
    (tmp_path / "4.json").write_text(record_files.full_json(A, [(0.5, 0.4, 8.0), (0.9, 0.8, 10.0)]))
    (tmp_path / "README.md").write_text("text")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    (tmp_path / "subfolder.csv").mkdir()
    return tmp_path


def test_files_of_a_folder_are_merged(folder):
    read = lookup.read_records([folder])
    assert len(read) == 3
    assert read.get(A) == lookup.Record(
        module_hash=A,
        source="1.csv.gz + 2.csv + 3.json + 4.json",
        validation_accuracy=(0.5, 0.9),
        test_accuracy=(0.8, 0.7, 0.4),
        training_time=(8.0, 10.0),
        trainable_parameters=5356,
        matrix=MATRIX,
        operations=LABELS,
    )


@pytest.mark.parametrize("key", [A, B, C, "d" * 32])
def test_finding_one_record_equals_reading_all(folder, key):
    assert lookup.find_record([folder], key) == lookup.read_records([folder]).get(key)


def test_finding_one_record_passes_over_other_rows(tmp_path):
    (tmp_path / "a.csv").write_text(record_files.val_csv((A, "damaged", 1), (B, 0.5, 1)))
    assert lookup.find_record([tmp_path], B).validation_accuracy == (0.5,)
    with pytest.raises(RecordError, match=r"a\.csv: line 2"):
        lookup.find_record([tmp_path], A)


def test_a_hash_in_another_column_is_not_a_match(tmp_path):
    (tmp_path / "a.csv").write_text(record_files.val_csv((A, 0.5, 1)).replace("published", B))
    assert lookup.find_record([tmp_path], B) is None


@pytest.mark.parametrize("key", ["", "A" * 32, "g" * 32])
def test_malformed_hash_is_refused(key):
    with pytest.raises(RecordError, match="expected a module hash"):
        lookup.Records().get(key)
    with pytest.raises(RecordError, match="expected a module hash"):
        lookup.find_record([], key)


def test_no_paths_give_no_records():
    assert len(lookup.read_records([])) == 0


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(RecordError, match="expected a readable file: No such file"):
        lookup.read_records([tmp_path / "absent.csv"])


def test_folder_without_records_is_refused(tmp_path):
    (tmp_path / "README.md").write_text("text")
    with pytest.raises(RecordError, match=f"{tmp_path}: .* found none among 1 files"):
        lookup.read_records([tmp_path])


@pytest.mark.parametrize("name", ["x.csv", "x.json", "x.csv.gz"])
def test_unrecognised_file_with_a_known_suffix_is_refused_in_a_folder(folder, name):
    text = "{}" if name.endswith("json") else "a,b\n1,2\n"
    (folder / name).write_text(text)
    with pytest.raises(RecordError, match=f"{name}: .*expected a NAS-Bench-101 extract"):
        lookup.read_records([folder])


def test_unrecognised_named_file_is_refused(folder):
    with pytest.raises(RecordError, match=r"README\.md: line 1: expected a NAS-Bench-101 extract"):
        lookup.read_records([folder / "README.md"])


def test_records_under_other_names_are_recognised_in_a_folder(tmp_path):
    (tmp_path / "table").write_text(record_files.val_csv((A, 0.5, 1)))
    (tmp_path / "compressed").write_bytes(gzip.compress(record_files.val_csv((B, 0.5, 1)).encode()))
    assert len(lookup.read_records([tmp_path])) == 2


@pytest.mark.parametrize("kept", [9, 40, -3])
def test_truncated_gzip_is_refused(folder, kept):
    path = folder / "1.csv.gz"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(RecordError, match=f"{path}: expected a complete gzip file"):
        lookup.read_records([folder])
    with pytest.raises(RecordError, match=f"{path}: expected a complete gzip file"):
        lookup.find_record([folder], A)


def test_damaged_gzip_is_refused(folder):
    path = folder / "1.csv.gz"
    path.write_bytes(path.read_bytes()[:-8] + bytes(8))
    with pytest.raises(
        RecordError, match=f"{path}: expected a complete gzip file: CRC check failed"
    ):
        lookup.read_records([path])


def test_other_encodings_are_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"module_hash\xff")
    with pytest.raises(RecordError, match=r"a\.csv: expected a text file in UTF-8"):
        lookup.read_records([tmp_path])


def test_files_that_contradict_each_other_are_refused(folder):
    changed = json.loads(record_files.full_json(A, []))
    changed["fixed_statistics"]["trainable_parameters"] = 1
    (folder / "5.json").write_text(json.dumps(changed))
    with pytest.raises(RecordError, match=r"5356 from 1\.csv\.gz .* and 1 from 5\.json"):
        lookup.read_records([folder])


def test_real_extracts(data_folder):
    folder = data_folder / "nasbench101"
    read = lookup.read_records([folder])
    assert len(read) == 25087  # 25,001 and 86 of the 97 in the test extract
    full = read.get("00005c142e6f48ac74fdcf73e3439874")
    assert full.source == "data-1k.json + nasbench101_val_25001.csv.gz + one_full_record.json"
    assert full.validation_accuracy == (0.9241786599159241, 0.9245793223381042, 0.9304887652397156)
    assert full.test_accuracy == (0.9211738705635071, 0.9190705418586731, 0.9215745329856873)
    assert full.training_time == (1769.1279296875, 1768.2509765625, 1768.9759521484375)
    assert full.trainable_parameters == 8555530
    for key in (full.module_hash, "09fc2d10bdd6225e167a6f81a22a3f06"):
        assert lookup.find_record([folder], key) == read.get(key)


def test_real_column_lists_add_nothing_to_the_validation_extract(data_folder, validation_records):
    large = validation_records
    small = lookup.read_records([data_folder / "nasbench101" / "data-1k.json"])
    assert len(small) == 1000
    for record in small:
        other = large.get(record.module_hash)
        assert record.validation_accuracy == other.validation_accuracy
        assert record.training_time == other.training_time
        assert (record.matrix, record.operations) == (other.matrix, other.operations)
        assert record.trainable_parameters == other.trainable_parameters


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.tfrecord"
    table_files.write(path, table_files.rows([table_files.A, table_files.B], (4, 108)))
    importing.import_records(path, tmp_path / "store")
    return path


def test_tables_and_stores_give_the_same_records(table):
    expected = lookup.Record(
        table_files.A,
        "t.tfrecord",
        validation_accuracy=tuple(table_files.metrics(repeat)[6] for repeat in range(3)),
        test_accuracy=tuple(table_files.metrics(repeat)[7] for repeat in range(3)),
        training_time=tuple(table_files.metrics(repeat)[4] for repeat in range(3)),
        trainable_parameters=5356,
        matrix=table_files.MATRIX,
        operations=table_files.OPERATIONS_OF[table_files.A],
    )
    for path in (table, table.parent / "store"):
        assert lookup.find_record([path], table_files.A) == expected
        assert lookup.read_records([path]).get(table_files.A) == expected
        assert len(lookup.read_records([path])) == 2
        assert lookup.find_record([path], table_files.C) is None
        assert list(lookup.find_cell([path], table_files.B).runs) == [4, 108]


def test_a_damaged_table_is_refused_in_a_folder(table, tmp_path):
    (tmp_path / "both").mkdir()
    (tmp_path / "both" / "a.tfrecord").write_bytes(table.read_bytes()[:-1])
    with pytest.raises(RecordError, match=r"a\.tfrecord: record 12 at byte \d+: truncated"):
        lookup.find_record([tmp_path / "both"], A)
