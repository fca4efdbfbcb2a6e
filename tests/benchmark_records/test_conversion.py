"""Sources open as stores, converted once."""

import json
import os
import subprocess
import sys

import pytest
import table_files
from table_files import A, B

from nasbench_templates.benchmark_records import conversion, store_format
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
    assert first.parent == second.parent == tmp_path / "cache" / "nasbench_templates" / "records"
    assert first != second


def test_a_damaged_source_is_refused_every_time(table):
    table.write_bytes(table.read_bytes()[:-1])
    for _ in range(2):
        with pytest.raises(RecordError, match="truncated"):
            conversion.open_records(table)


def test_missing_source(tmp_path):
    with pytest.raises(RecordError, match="there is none"):
        conversion.open_records(tmp_path / "none")


def test_a_missing_source_beside_its_store_is_said_and_the_store_opened(table):
    conversion.open_records(table)
    table.unlink()
    said = []
    assert list(conversion.open_records(table, say=said.append).hashes()) == [A]
    assert said == [f"{table} is missing; its records are read from {table}.records"]


def test_a_conversion_says_what_it_does_with_a_bar(table, capsys):
    said = []
    conversion.open_records(table, say=said.append, shows_progress=True)
    assert said[0].startswith(f"{table}: converting it once to {table}.records")
    assert said[1].startswith("2 records of 1 cells in ")
    assert "t.tfrecord: 100%" in capsys.readouterr().err


def test_a_store_of_the_first_version_is_made_again(table):
    store = conversion.open_records(table)
    path = store.path / store_format.MANIFEST
    old = {**json.loads(path.read_text()), "format": "nasbench_templates records 1"}
    path.write_text(json.dumps(old))
    assert list(conversion.open_records(table)) == list(store)
    assert json.loads(path.read_text())["format"] == store_format.FORMAT


def test_a_damaged_store_is_not_made_again_unasked(table):
    store = conversion.open_records(table)
    (store.path / store_format.MANIFEST).write_text("{")
    with pytest.raises(RecordError, match=r"damaged.*remove the folder and import again"):
        conversion.open_records(table)


OPENS = """
import sys
from nasbench_templates.benchmark_records import conversion, importing
real = importing.import_records
def slow(*arguments, **options):
    import time
    time.sleep(0.5)
    return real(*arguments, **options)
importing.import_records = slow
store = conversion.open_records(sys.argv[1], say=lambda text: print(text, flush=True))
print(len(store))
"""


def test_of_several_processes_one_converts_and_the_others_wait(table):
    command = [sys.executable, "-c", OPENS, str(table)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate()[0] for process in started]
    assert sum("converting it once" in text for text in said) == 1
    assert all(text.endswith("1\n") for text in said)
    assert sum("another process converts it; waiting" in text for text in said) >= 1
    assert sorted(path.name for path in table.parent.iterdir()) == [
        "t.tfrecord",
        "t.tfrecord.records",
    ]
