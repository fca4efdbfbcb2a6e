import hashlib

import numpy as np
import pytest

from nasbench_templates.networks import md5_arrays


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (b"a", "0cc175b9c0f1b6a831c399e269772661"),
        (b"message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        (
            b"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a",
        ),
    ],
)
def test_the_examples_of_the_standard(text, digest):
    message = np.frombuffer(text, np.uint8)[None]
    assert md5_arrays.hex_digests(message).tolist() == [digest.encode()]


@pytest.mark.parametrize("length", [1, 55, 56, 63, 64, 119, 120, 252])
def test_lengths_around_the_ends_of_blocks(length):
    messages = np.random.default_rng(length).integers(0, 256, (7, length), np.uint8)
    expected = [hashlib.md5(row.tobytes()).hexdigest().encode() for row in messages]
    assert md5_arrays.hex_digests(messages).tolist() == expected


def test_more_messages_than_are_worked_on_at_once(monkeypatch):
    monkeypatch.setattr(md5_arrays, "_MESSAGES_AT_ONCE", 3)
    messages = np.arange(8, dtype=np.uint8)[:, None]
    expected = [hashlib.md5(row.tobytes()).hexdigest().encode() for row in messages]
    assert md5_arrays.hex_digests(messages).tolist() == expected


def test_a_padded_text_may_be_written_again():
    whole = md5_arrays.padded(np.zeros((1, 3), np.uint8))
    whole[0, :3] = np.frombuffer(b"abc", np.uint8)
    assert md5_arrays.hex_digests_of_padded(whole).tolist() == [b"900150983cd24fb0d6963f7d28e17f72"]
