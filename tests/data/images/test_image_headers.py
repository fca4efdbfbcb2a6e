"""Checks of headers, and when they are remembered."""

import os

import image_files
import pytest

from nasbench_templates.data.core import decoders
from nasbench_templates.data.images import image_decoding, image_folders, image_headers
from nasbench_templates.support.errors import DataError


@pytest.fixture
def folder(tmp_path, cache_folder):
    return image_files.write_classes(tmp_path / "set", count=3)


@pytest.fixture
def looked_at(monkeypatch):
    """Grows whenever headers are read rather than remembered."""
    calls = []
    take_census = image_decoding.take_census

    def count(encoded):
        calls.append(len(encoded.places))
        return take_census(encoded)

    monkeypatch.setattr(image_decoding, "take_census", count)
    return calls


def cache_file(cache, folder):
    name = image_headers.entry_name(folder)
    return cache / "nasbench_templates" / image_headers.KIND / f"{name}.json"


def check(folder):
    return image_headers.check(image_folders.list_part(folder, "", ("cat", "dog")))


def test_second_check_reads_no_file(folder, looked_at):
    assert check(folder) == check(folder)
    assert looked_at == [6]


@pytest.mark.parametrize("change", ["size", "time", "name", "fewer"])
def test_changed_files_are_looked_at_again(folder, looked_at, change):
    check(folder)
    path = folder / "cat" / "001.png"
    if change == "size":
        path.write_bytes(image_files.encode_image((0, 0, 0), size=5))
        os.utime(path, ns=(0, 0))
    elif change == "time":
        os.utime(path, ns=(0, 1))
    elif change == "name":
        path.rename(path.with_name("other.png"))
    else:
        path.unlink()
    assert check(folder).num_images == (5 if change == "fewer" else 6)
    assert len(looked_at) == 2


@pytest.mark.parametrize("content", ["", "{", '{"schema": 1}', '{"schema": 1, "census": 3}'])
def test_damaged_cache_is_replaced(folder, cache_folder, looked_at, content):
    known = check(folder)
    cached = cache_file(cache_folder, folder)
    cached.write_text(content)
    assert check(folder) == known
    check(folder)
    assert looked_at == [6, 6]


def test_cached_findings_of_another_form_are_not_believed(folder, cache_folder, looked_at):
    check(folder)
    cached = cache_file(cache_folder, folder)
    cached.write_text(cached.read_text().replace('"modes"', '"mode"'))
    check(folder)
    assert looked_at == [6, 6]


def test_another_decoder_looks_again(folder, looked_at, monkeypatch):
    check(folder)
    monkeypatch.setattr(decoders, "signature", lambda: "another version of Pillow")
    check(folder)
    assert looked_at == [6, 6]


def test_cache_that_cannot_be_written_is_no_error(folder, cache_folder, looked_at):
    (cache_folder / "nasbench_templates").write_text("in the way")
    assert check(folder).num_images == 6


def test_unusable_files_are_named_and_never_cached(folder, cache_folder):
    (folder / "cat" / "001.png").write_bytes(b"")
    (folder / "dog" / "002.png").write_bytes(b"no image")
    for _ in range(2):
        with pytest.raises(DataError, match=r"2 of 6 .*cat/001\.png: .*empty.*dog/002\.png: "):
            check(folder)
    assert not cache_file(cache_folder, folder).exists()
