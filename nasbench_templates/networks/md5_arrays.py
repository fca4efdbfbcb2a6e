"""MD5 of many messages of one length at once, on arrays.

A module hash takes some fifty digests, and the space has 423,624 cells: one call of `hashlib` for
each digest costs several times what the arithmetic does on arrays.

    >>> message = np.frombuffer(b"abc", np.uint8).reshape(1, 3)
    >>> hex_digests(message)
    array([b'900150983cd24fb0d6963f7d28e17f72'], dtype='|S32')

Source: RFC 1321.
"""

import math

import numpy as np

BLOCK_BYTES = 64
# Arrays of a step should stay in a core's cache.
_MESSAGES_AT_ONCE = 16384

_START = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
_SINES = [np.uint32(int(abs(math.sin(step + 1)) * 2**32)) for step in range(64)]
_SHIFTS = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
# In round r, step i reads word (factor * i + offset) modulo 16.
_WORDS = ((1, 0), (5, 1), (3, 5), (7, 0))
_STEPS = tuple(
    (
        step // 16,
        (_WORDS[step // 16][0] * step + _WORDS[step // 16][1]) % 16,
        _SINES[step],
        np.uint32(_SHIFTS[step // 16][step % 4]),
        np.uint32(32 - _SHIFTS[step // 16][step % 4]),
    )
    for step in range(64)
)
# Two bytes as four hexadecimal digits, in the order in which bytes lie in memory.
_HEX = np.array(
    [b"%02x%02x" % (pair & 255, pair >> 8) for pair in range(1 << 16)], dtype="S4"
).view(np.uint32)


def padded(messages: np.ndarray) -> np.ndarray:
    """Returns messages of one length followed by MD5's padding.

    Args:
        messages: bytes, shape `(count, length)`.

    Returns:
        Bytes, shape `(count, a multiple of 64)`. Their first `length` columns may be replaced.
    """
    count, length = messages.shape
    blocks = (length + 8) // BLOCK_BYTES + 1
    whole = np.zeros((count, blocks * BLOCK_BYTES), np.uint8)
    whole[:, :length] = messages
    whole[:, length] = 0x80
    whole[:, -8:] = np.frombuffer((8 * length).to_bytes(8, "little"), np.uint8)
    return whole


def hex_digests(messages: np.ndarray) -> np.ndarray:
    """Returns the MD5 of every row as 32 lower-case hexadecimal digits.

    Args:
        messages: bytes, shape `(count, length)`.

    Returns:
        Byte strings, shape `(count,)`.
    """
    return hex_digests_of_padded(padded(messages))


def hex_digests_of_padded(whole: np.ndarray) -> np.ndarray:
    """Returns the MD5 of messages that `padded` has completed, see `hex_digests`."""
    digests = np.empty((len(whole), 4), "<u4")
    for start in range(0, len(whole), _MESSAGES_AT_ONCE):
        part = slice(start, start + _MESSAGES_AT_ONCE)
        digests[part] = _digests(whole[part]).T
    return _HEX[digests.view("<u2")].view("S32").reshape(-1)


def _digests(whole: np.ndarray) -> np.ndarray:
    """Returns the four words of each digest, shape `(4, count)`."""
    words = np.ascontiguousarray(whole.view("<u4").T, dtype=np.uint32)
    state = [np.full(len(whole), word, np.uint32) for word in _START]
    scratch = [np.empty(len(whole), np.uint32) for _ in range(2)]
    for block in range(0, len(words), BLOCK_BYTES // 4):
        before = [part.copy() for part in state]
        _mix_block(state, words[block : block + BLOCK_BYTES // 4], scratch)
        for part, old in zip(state, before, strict=True):
            part += old
    return np.stack(state)


def _mix_block(state: list[np.ndarray], words: np.ndarray, scratch: list[np.ndarray]) -> None:
    """Takes the 64 steps for one block; `state` changes in place."""
    a, b, c, d = state
    mixed, rest = scratch
    for kind, word, sine, left, right in _STEPS:
        if kind == 0:  # d ^ (b & (c ^ d)): c where b is set, d elsewhere
            np.bitwise_xor(c, d, out=mixed)
            mixed &= b
            mixed ^= d
        elif kind == 1:  # c ^ (d & (b ^ c)): b where d is set, c elsewhere
            np.bitwise_xor(b, c, out=mixed)
            mixed &= d
            mixed ^= c
        elif kind == 2:
            np.bitwise_xor(b, c, out=mixed)
            mixed ^= d
        else:
            np.bitwise_not(d, out=mixed)
            mixed |= b
            mixed ^= c
        a += mixed
        a += words[word]
        a += sine
        np.left_shift(a, left, out=rest)
        a >>= right
        a |= rest
        a += b
        a, b, c, d = d, a, b, c
    # 64 steps turn the four names back to where they were, so `state` needs no exchange.
