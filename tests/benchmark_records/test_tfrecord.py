"""Framing: every checksum is verified, and a fault names record and byte."""

import io

import pytest
import table_files

from nasbench_templates.benchmark_records import tfrecord
from nasbench_templates.benchmark_records.faults import Faults
from nasbench_templates.support.errors import RecordError

PAYLOADS = [b"first", b"second one", b"", b"fourth", b"fifth"]


def read(path, skip=False):
    faults = Faults("f", skip=skip)
    frames = list(tfrecord.read_frames(path, faults))
    payloads = [payload for each in frames for payload in each.payloads]
    numbers = [int(number) for each in frames for number in each.numbers]
    offsets = [int(offset) for each in frames for offset in each.offsets]
    return payloads, numbers, offsets, faults


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t"
    return path, table_files.write(path, PAYLOADS)


def test_checksum_of_the_published_row():
    # The published row's payload has 401 bytes and this masked checksum.
    assert tfrecord._checksum((401).to_bytes(8, "little")) == bytes.fromhex("9825ed9b")


def test_records_come_with_number_and_offset(table):
    path, offsets = table
    assert read(path)[:3] == (PAYLOADS, [1, 2, 3, 4, 5], offsets[:-1])


def test_blocks_may_end_anywhere(table, monkeypatch):
    path, offsets = table
    for block in (1, 7, 13):
        monkeypatch.setattr(tfrecord, "_BLOCK_BYTES", block)
        assert read(path)[:3] == (PAYLOADS, [1, 2, 3, 4, 5], offsets[:-1])


def test_what_is_written_is_read_and_equals_a_file_made_by_hand(table):
    stream = io.BytesIO()
    tfrecord.write_frames(stream, PAYLOADS)
    assert stream.getvalue() == table[0].read_bytes()


def test_every_flipped_bit_is_noticed_at_its_record(table):
    path, offsets = table
    content = path.read_bytes()
    for place in range(len(content)):
        for bit in (0, 7):
            damaged = bytearray(content)
            damaged[place] ^= 1 << bit
            path.write_bytes(damaged)
            number = max(index for index, start in enumerate(offsets[:-1]) if start <= place)
            with pytest.raises(
                RecordError, match=rf"^f: record {number + 1} at byte {offsets[number]}: "
            ):
                read(path)


@pytest.mark.parametrize("block", [1, 1000])
@pytest.mark.parametrize("place", range(21, 47))  # the second record, length and checksums included
def test_one_damaged_record_is_left_out_and_the_others_are_read(table, place, block, monkeypatch):
    monkeypatch.setattr(tfrecord, "_BLOCK_BYTES", block)
    path, offsets = table
    assert offsets[1:3] == [21, 47]
    damaged = bytearray(path.read_bytes())
    damaged[place] ^= 4
    path.write_bytes(damaged)
    payloads, numbers, found, faults = read(path, skip=True)
    assert payloads == [PAYLOADS[0], *PAYLOADS[2:]]
    assert numbers == [1, 3, 4, 5]
    assert found == [offsets[0], *offsets[2:-1]]
    assert faults.skipped == 1
    assert faults.messages[0].startswith("f: record 2 at byte 21: ")


def test_damage_in_neighbours_is_counted(table):
    path, offsets = table
    damaged = bytearray(path.read_bytes())
    for place in (offsets[0] + 14, offsets[1], offsets[3] + 9):
        damaged[place] ^= 1
    path.write_bytes(damaged)
    payloads, numbers, _, faults = read(path, skip=True)
    assert (payloads, numbers, faults.skipped) == ([PAYLOADS[2], PAYLOADS[4]], [3, 5], 3)


def test_every_truncation_is_noticed(table):
    path, offsets = table
    content = path.read_bytes()
    for length in set(range(1, len(content))) - set(offsets):
        path.write_bytes(content[:length])
        number = max(index for index, start in enumerate(offsets) if start <= length)
        with pytest.raises(
            RecordError, match=rf"record {number + 1} at byte {offsets[number]}: .*truncated"
        ):
            read(path)


def test_wrong_length_with_a_right_checksum(table):
    path = table[0]
    content = path.read_bytes()
    for length, message in ((4, "damaged payload"), (2**40, "truncated or wrong length")):
        header = length.to_bytes(8, "little")
        path.write_bytes(header + table_files.masked(header) + content[12:])
        with pytest.raises(RecordError, match=f"record 1 at byte 0: {message}"):
            read(path)
        assert read(path, skip=True)[0] == PAYLOADS[1:]


def test_empty_file(tmp_path):
    (tmp_path / "e").touch()
    with pytest.raises(RecordError, match=r"record 1 at byte 0: .*the file is empty"):
        read(tmp_path / "e")


def test_other_files_are_no_tfrecords(tmp_path):
    (tmp_path / "text").write_text("module_hash,val_acc_108\n" * 9)
    with pytest.raises(RecordError, match=r"record 1 at byte 0: .*no TFRecord file"):
        read(tmp_path / "text")
    assert not tfrecord.is_tfrecord(tmp_path / "text")


def test_recognised_by_name_or_first_record(table, tmp_path):
    assert tfrecord.is_tfrecord(table[0])
    (tmp_path / "damaged.tfrecord").write_bytes(b"x")
    assert tfrecord.is_tfrecord(tmp_path / "damaged.tfrecord")
    (tmp_path / "length").write_bytes(b"x" * 12 + b'["')
    assert tfrecord.is_tfrecord(tmp_path / "length")


def test_missing_file(tmp_path):
    with pytest.raises(RecordError, match="expected a readable file: No such file"):
        read(tmp_path / "none")
