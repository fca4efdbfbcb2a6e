"""Sources open as stores, converted once."""

import os

import pytest
import table_files
from table_files import A, B

from nasbench_templates.benchmark_records import conversion
from nasbench_templates.support.errors import RecordError


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.tfrecord"
    table_files.write(path, table_files.rows([A], repeats=2))
    return path


def test_a_source_is_converted_beside_itself_once(table):
    store = conversion.open_records(table)
    assert store.path == table.with_name("t.tfrecord.records")
    before = [path.stat() for path in sorted(store.path.iterdir())]
    again = conversion.open_records(table)
    assert [path.stat() for path in sorted(again.path.iterdir())] == before
    assert list(again) == list(store)


def test_a_store_opens_as_it_is(table):
    store = conversion.open_records(table)
    assert conversion.open_records(store.path).path == store.path


def test_a_changed_source_is_converted_again_and_an_open_handle_stays_whole(table):
    old = conversion.open_records(table)
    table_files.write(table, table_files.rows([B]))
    new = conversion.open_records(table)
    assert list(new.hashes()) == [B]
    assert list(old.hashes()) == [A]
    assert len(old.get(A).runs[108]) == 2


def test_the_cache_tells_sources_of_one_name_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    first, second = (conversion.store_folder(tmp_path / name / "t") for name in "ab")
    assert first.parent == second.parent == tmp_path / "cache" / "nasbench_templates"
    assert first != second


def test_a_damaged_source_is_refused_every_time(table):
    table.write_bytes(table.read_bytes()[:-1])
    for _ in range(2):
        with pytest.raises(RecordError, match="truncated"):
            conversion.open_records(table)


def test_missing_source(tmp_path):
    with pytest.raises(RecordError, match="there is none"):
        conversion.open_records(tmp_path / "none")
