"""TFRecord tables made by hand: framing, checksum and message written here a second time."""

import base64
import json
import struct

GRAPH = ("0100001000010000", "input,maxpool3x3,conv1x1-bn-relu,output")
MATRIX = ((0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1), (0, 0, 0, 0))
OPERATIONS = ("input", "maxpool3x3", "conv1x1-bn-relu", "output")
_CONV3, _CONV1 = "conv3x3-bn-relu", "conv1x1-bn-relu"
# Chains of two operations by their hashes, rising; A, B and C are not the one above.
OPERATIONS_OF = {
    "278a65c91e279624407615a84f3282c4": ("input", _CONV1, _CONV1, "output"),
    "6bb3a5f158c57162b2a9671a1402725f": OPERATIONS,
    "852f21047c2aa03cb1fde04587083228": ("input", _CONV3, _CONV3, "output"),
    "96794a104891b22bf4f2abbdd7c3e90f": ("input", _CONV3, _CONV1, "output"),
}
A, _, B, C = OPERATIONS_OF
_ENUMERATED: dict[str, tuple[str, str]] = {}


def crc32c(content: bytes) -> int:
    """CRC-32C bit by bit (polynomial 0x1EDC6F41, reflected)."""
    value = 0xFFFFFFFF
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def masked(content: bytes) -> bytes:
    value = crc32c(content)
    return struct.pack("<I", ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def frame(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return length + masked(length) + payload + masked(payload)


def evaluation(*values, tags=(0x09, 0x11, 0x19, 0x21, 0x29)) -> bytes:
    """EvaluationData: epoch, time, train, validation and test accuracy."""
    return b"".join(
        bytes([tag]) + struct.pack("<d", value) for tag, value in zip(tags, values, strict=True)
    )


def message(points, parameters=5356, total_time=9.5) -> bytes:
    """ModelMetrics."""
    content = b"".join(b"\x0a" + bytes([len(point)]) + point for point in points)
    varint = bytearray()
    while parameters > 0x7F:
        varint.append(parameters & 0x7F | 0x80)
        parameters >>= 7
    return (
        content + b"\x10" + bytes([*varint, parameters]) + b"\x19" + struct.pack("<d", total_time)
    )


def run_message(epochs, run, **changes) -> bytes:
    """The message of a run with eight metrics: four half-way, four final."""
    points = [
        evaluation(0.0, 0.0, 0.1, 0.1, 0.1),
        evaluation(epochs / 2, *run[:4]),
        evaluation(float(epochs), *run[4:]),
    ]
    return message(points, **changes)


def graph_of(module_hash) -> tuple[str, str]:
    """The graph as a row has it: that of the hash, if it is one of ours."""
    return _ENUMERATED.get(module_hash) or (
        GRAPH[0],
        ",".join(OPERATIONS_OF.get(module_hash, OPERATIONS)),
    )


def enumerated(count) -> list[str]:
    """Hashes of some cells of at most six vertices; `graph_of` has their graphs from then on."""
    from nasbench_templates.networks import cell_hashes
    from nasbench_templates.space import enumeration

    cells = enumeration.canonical_cells(6)[:count]
    names = [name.decode() for name in cell_hashes.module_hashes(cells).tolist()]
    for place, name in enumerate(names):
        cell = cells.cell(place)
        bits = "".join(str(edge) for row in cell.matrix for edge in row)
        _ENUMERATED[name] = bits, ",".join(cell.ops)
    return names


def payload(module_hash, epochs, content: bytes, graph=None) -> bytes:
    graph = graph or graph_of(module_hash)
    return json.dumps([module_hash, epochs, *graph, base64.encodebytes(content).decode()]).encode()


def metrics(seed: float) -> tuple[float, ...]:
    """Eight plausible metrics that differ with the seed, none of them a short binary fraction."""
    return (
        *(100.1 + seed, 0.7 + seed / 1e6, 0.6 + seed / 1e6, 0.5 + seed / 1e6),
        *(200.3 + seed, 0.99 - seed / 1e6, 0.9 + seed / 1e6, 0.8 + seed / 1e6),
    )


def rows(hashes=(A, B, C), budgets=(108,), repeats=3) -> list[bytes]:
    """Payloads cell after cell; the metrics of repeat r of cell c are those of seed 10 c + r."""
    return [
        payload(name, epochs, run_message(epochs, metrics(10 * cell + repeat)))
        for cell, name in enumerate(hashes)
        for epochs in budgets
        for repeat in range(repeats)
    ]


def write(path, payloads) -> list[int]:
    """Writes a table; returns the offset of every record, and the file's length."""
    frames = [frame(each) for each in payloads]
    path.write_bytes(b"".join(frames))
    return [sum(map(len, frames[:count])) for count in range(len(frames) + 1)]
