"""Metrics messages: layouts are learned, whatever order and shape the fields have."""

import random
import struct

import numpy as np
import pytest
import table_files
from table_files import evaluation, message

from nasbench_templates.benchmark_records import metrics_message
from nasbench_templates.support.errors import RecordError

RUN = table_files.metrics(1)
START = evaluation(0.0, 0.0, 0.1, 0.1, 0.1)
HALF = evaluation(54.0, *RUN[:4])
END = evaluation(108.0, *RUN[4:])


def decode(*messages):
    return metrics_message.decode(messages)


def test_published_row():
    # Of the published file: hash 00005c14..., 4 epochs.
    half = (45.152000427246094, 0.10166265815496445, 0.10526842623949051, 0.10436698794364929)
    end = (89.90399932861328, 0.3498597741127014, 0.3489583432674408, 0.3504607379436493)
    points = [
        evaluation(0.0, 0.0, 0.1002604141831398, 0.09775640815496445, 0.09985977411270142),
        evaluation(2.0, *half),
        evaluation(4.0, *end),
    ]
    found = decode(message(points, 8555530, 413.7015450000763))
    assert found.trainable_parameters.tolist() == [8555530]
    assert found.values.tolist() == [[*half, *end]]


def test_doubles_are_kept_to_the_last_bit():
    values = [struct.unpack("<d", random.Random(n).randbytes(7) + b"\x3f")[0] for n in range(8)]
    assert decode(table_files.run_message(108, values)).values.tolist() == [values]


@pytest.mark.parametrize(
    "parameters", [1, 127, 128, 16383, 16384, 2**21 - 1, 2**21, 2**28, 2**31 - 1]
)
def test_parameter_counts_of_every_length(parameters):
    found = decode(message([START, HALF, END], parameters))
    assert found.trainable_parameters.tolist() == [parameters]


def test_many_messages_of_mixed_layouts():
    order = random.Random(0)
    messages, expected = [], []
    for seed in range(300):
        run = table_files.metrics(seed / 10)
        fields = [
            bytes([tag]) + struct.pack("<d", value)
            for tag, value in zip((0x09, 0x11, 0x19, 0x21, 0x29), (108.0, *run[4:]), strict=True)
        ]
        if seed % 3 == 0:
            order.shuffle(fields)
        if seed % 5 == 0:  # a checkpoint path, whose content may look like anything
            fields.insert(seed % 4, b"\x32\x03" + bytes([0x0A, 0x10, seed % 256]))
        parameters = 100 + 1000 * seed
        messages.append(message([START, evaluation(54.0, *run[:4]), b"".join(fields)], parameters))
        expected.append((parameters, list(run)))
    found = decode(*messages)
    pairs = zip(found.trainable_parameters.tolist(), found.values.tolist(), strict=True)
    assert list(pairs) == expected


def test_missing_values_are_nan():
    without_test = evaluation(108.0, *RUN[4:7], tags=(0x09, 0x11, 0x19, 0x21))
    found = decode(message([START, HALF, END]), message([START, HALF, without_test]))
    assert np.isnan(found.values).tolist() == [[False] * 8, [False] * 7 + [True]]
    assert found.values[1, :7].tolist() == list(RUN[:7])


def test_the_last_of_repeated_fields_counts():
    twice = END + b"\x29" + struct.pack("<d", 0.125)
    assert decode(message([START, HALF, twice])).values[0, 7] == 0.125


def test_unknown_fields_are_passed_over():
    content = message([START, HALF, END])
    found = decode(content + b"\x3d\x01\x02\x03\x04" + b"\x40\x80\x01" + b"\x4a\x01\x0a")
    assert found.values.tolist() == [list(RUN)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "expected 3 evaluations .*received 0"),
        (message([START, END]), "expected 3 evaluations .*received 2"),
        (message([START, HALF, END])[:141], "expected trainable_parameters"),
        (message([START, HALF, END])[:-1], "expected a whole ModelMetrics message"),
        (message([START, HALF, END])[:40], "expected a whole ModelMetrics message"),
        (message([START, HALF, END]) + b"\x10\x80", "a damaged number"),
        (message([START, HALF, END]) + b"\x10" + b"\x80" * 10 + b"\x01", "a damaged number"),
        (b"\x0f" + message([START, HALF, END]), "received wire type 7"),
        (b"\x02\x00" + message([START, HALF, END]), "a damaged one"),
        (message([START, HALF, END]) + b"\x08\x01", "evaluation_data with wire type 2, received 0"),
        (message([START, HALF, END]) + b"\x12\x00", "parameters with wire type 0, received 2"),
        (message([START, HALF, END + b"\x10\x01"]), "a double of evaluation_data .*received 0"),
    ],
)
def test_damaged_messages_are_refused(content, reason):
    with pytest.raises(RecordError, match=reason):
        decode(message([START, HALF, END]), content)


def test_encoded_messages_are_those_made_by_hand_but_for_what_is_not_kept():
    values = np.array([RUN, table_files.metrics(2)])
    (first, second) = metrics_message.encode(108, np.array([5356, 300]), values)
    start = evaluation(0.0, 0.0, tags=(0x09, 0x11))
    assert first == message([start, HALF, END], 5356)[: -len(b"\x19") - 8]
    assert decode(first, second).values.tolist() == values.tolist()
    assert decode(first, second).trainable_parameters.tolist() == [5356, 300]
