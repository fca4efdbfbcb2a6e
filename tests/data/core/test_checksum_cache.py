"""When the checksum of a data set is known without reading it, and when it is not."""

import dataclasses
import os

import image_files
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.audio.audio_options import AudioOptions
from nasbench_templates.data.core import checksum_cache, decoders

# Long ago enough for a file system's clock.
SETTLED = (10**18, 10**18)


@pytest.fixture
def folder(tmp_path, cache_folder, monkeypatch):
    monkeypatch.setattr(checksum_cache, "_SETTLED_NS", 0)
    root = image_files.write_classes(tmp_path / "pets", count=12)
    for path in root.rglob("*.png"):
        os.utime(path, ns=SETTLED)
    return tmp_path


def state(folder, name="pets", size=None, **choices):
    info = loading.find_info(name, folder, size)
    return checksum_cache.state_of(info, folder, **choices)


def test_checksum_is_known_the_second_time(folder):
    first = state(folder)
    assert checksum_cache.known_checksum(first) is None
    checksum = loading.load_dataset("pets", folder).checksum
    checksum_cache.remember(first, checksum)
    assert checksum_cache.known_checksum(state(folder)) == checksum


@pytest.mark.parametrize("change", ["size", "time", "copied", "name", "fewer", "more"])
def test_changed_files_are_another_state(folder, change):
    known = state(folder)
    path = folder / "pets" / "cat" / "001.png"
    if change == "size":
        path.write_bytes(path.read_bytes() + b" ")
        os.utime(path, ns=SETTLED)
    elif change == "time":
        os.utime(path, ns=(0, 1))
    elif change == "copied":  # other pixels, the same size and time
        path.write_bytes((path.with_name("002.png")).read_bytes())
        os.utime(path, ns=SETTLED)
    elif change == "name":
        path.rename(path.with_name("other.png"))
    elif change == "fewer":
        path.unlink()
    else:
        (folder / "pets" / "cat" / "new.png").write_bytes(path.read_bytes())
    assert state(folder) not in (known, None)


def test_choices_and_options_are_in_the_state(folder):
    info = loading.find_info("pets", folder)
    states = [
        state(folder),
        state(folder, size=4),
        state(folder, train_on="all"),
        state(folder, limit_train_images=5),
        checksum_cache.state_of(dataclasses.replace(info, options="other"), folder),
        checksum_cache.state_of(dataclasses.replace(info, name="other"), folder),
    ]
    assert len(set(states)) == len(states)
    assert None not in states


def test_choices_for_clips_are_options_of_the_data_set(tmp_path, cache_folder):
    audio = AudioOptions(min_seconds=0.5, cache_dir=tmp_path)
    texts = [loading.find_info("esc50", None, audio=each).options for each in (None, audio)]
    assert '"min_seconds": null' in texts[0]
    assert '"min_seconds": 0.5' in texts[1]
    assert str(tmp_path) not in texts[1]


def test_another_decoder_is_another_state(folder, monkeypatch):
    known = state(folder)
    monkeypatch.setattr(decoders, "signature", lambda: "another version of Pillow")
    assert state(folder) != known


def test_files_still_being_written_are_not_remembered(folder, monkeypatch):
    monkeypatch.setattr(checksum_cache, "_SETTLED_NS", 10**10)
    (folder / "pets" / "cat" / "001.png").touch()
    assert state(folder) is None
    checksum_cache.remember(None, "a" * 64)
    assert checksum_cache.known_checksum(None) is None


def test_data_sets_of_other_packages_are_always_read(folder):
    info = loading.find_info("pets", folder)
    foreign = dataclasses.replace(info, load=lambda data_dir: loading.load_found(info, data_dir))
    assert checksum_cache.state_of(foreign, folder) is None


def test_link_to_a_folder_above_ends(folder):
    known = state(folder)
    (folder / "pets" / "cat" / "above").symlink_to(folder)
    assert state(folder) is not None
    (folder / "pets" / "cat" / "above").unlink()
    assert state(folder) == known


def test_embedded_digits_are_remembered_too(cache_folder):
    info = loading.find_info("digits", None)
    known = checksum_cache.state_of(info, None)
    checksum_cache.remember(known, "b" * 64)
    assert checksum_cache.known_checksum(checksum_cache.state_of(info, None)) == "b" * 64
