"""Files that may be anything are read within limits."""

import gzip
import os
import threading

import pytest

from nasbench_templates.support import texts
from nasbench_templates.support.errors import DataError


def test_lines_come_with_their_ends_whatever_these_are(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffone\r\ntwo\u2028still two\nthree".encode())
    with texts.opened(path) as file:
        assert list(texts.lines(file, "a")) == ["one\n", "two\u2028still two\n", "three"]
    assert texts.read_lines(path) == ["one", "two\u2028still two", "three"]
    assert texts.read_whole(path).startswith("one\r\n")


def test_a_line_ends_the_reading_at_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(texts, "LONGEST_LINE", 5)
    path = tmp_path / "a.txt"
    path.write_text("12345\n1234\n")
    with pytest.raises(DataError, match=r"a\.txt: line 1: expected at most 5 characters"):
        texts.read_lines(path)
    path.write_text("1234\n1234567890\n")
    with texts.opened(path) as file:
        found = texts.lines(file, "a")
        assert next(found) == "1234\n"
        with pytest.raises(DataError, match="a: line 2: expected at most 5 characters"):
            next(found)
        assert file.readline() == "7890\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_read_whole_has_a_limit_of_what_it_unpacks_to(tmp_path, pack):
    path = tmp_path / "a.json"
    path.write_bytes(pack(b"x" * 5000))
    assert texts.read_whole(path, 5000) == "x" * 5000
    with pytest.raises(DataError, match=r"a\.json: expected at most 4,999 bytes, received more"):
        texts.read_whole(path, 4999)


@pytest.mark.parametrize("size", [5000, 5001])
def test_a_pipe_is_read_once(tmp_path, size):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"x" * size,))
    writer.start()
    if size > 5000:
        with pytest.raises(DataError, match="expected at most 5,000 bytes, received more"):
            texts.read_whole(path, 5000)
    else:
        assert texts.read_whole(path, 5000) == "x" * size
    writer.join()


def test_an_unreadable_file_is_no_damaged_one(tmp_path):
    for read in (texts.read_lines, texts.read_whole):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "absent")
        with pytest.raises(IsADirectoryError):
            read(tmp_path)
