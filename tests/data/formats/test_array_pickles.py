"""The restricted unpickler: arrays pass, everything else is refused."""

import os
import pickle

import numpy as np
import pytest

from nasbench_templates.data.formats import array_pickles
from nasbench_templates.support.errors import DataError

ARRAY = np.arange(12, dtype=np.uint8).reshape(3, 4)


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def read(content):
    return array_pickles.read_array_pickle(content, "batch")


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "array",
    [ARRAY, np.asfortranarray(ARRAY), np.array([1, -2], ">i8"), np.array([0.5]), ARRAY[:0]],
    ids=["C", "Fortran", "big-endian", "float", "empty"],
)
def test_arrays_of_every_protocol_are_read(protocol, array):
    entries = read(pickle.dumps({"data": array, "labels": [1, 2]}, protocol=protocol))
    np.testing.assert_array_equal(entries["data"], array)
    assert entries["data"].dtype == array.dtype
    assert entries["labels"] == [1, 2]


@pytest.mark.parametrize("package", [b"numpy.core", b"numpy._core"])
def test_module_names_of_numpy_1_and_2_are_read(package):
    other = b"numpy._core" if package == b"numpy.core" else b"numpy.core"
    content = pickle.dumps({"data": ARRAY}, protocol=2)
    assert other in content or package in content
    entries = read(content.replace(b"c" + other + b".", b"c" + package + b"."))
    np.testing.assert_array_equal(entries["data"], ARRAY)


def test_strings_of_python_2_are_bytes():
    assert read(b"\x80\x02}U\x04dataU\x02\xff\xfes.") == {b"data": b"\xff\xfe"}


@pytest.mark.parametrize("protocol", range(6))
def test_malicious_pickle_is_refused_and_not_run(tmp_path, protocol):
    target = tmp_path / "created"
    content = pickle.dumps({"data": Malicious(target)}, protocol=protocol)
    with pytest.raises(DataError, match=r"batch: expected a pickle of NumPy arrays.*\.mkdir"):
        read(content)
    assert not target.exists()


@pytest.mark.parametrize("name", [b"builtins\neval", b"numpy\nload", b"_codecs\ndecode"])
def test_other_globals_of_admitted_modules_are_refused(name):
    with pytest.raises(DataError, match=name.decode().replace("\n", r"\.")):
        read(b"c" + name + b"\n.")


@pytest.mark.parametrize("protocol", [2, 5])
def test_every_truncation_is_refused(protocol):
    content = pickle.dumps({"data": ARRAY.tolist(), "more": ARRAY}, protocol=protocol)
    for length in range(len(content)):
        with pytest.raises(DataError, match="batch: expected a complete pickle"):
            read(content[:length])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.array([{}]), "expected an array of numbers, received dtype 'O8'"),
        (np.array(["text"]), "expected an array of numbers, received dtype 'U4'"),
        (np.zeros(2, [("a", "u1")]), "expected an array of numbers, received dtype 'V1'"),
    ],
)
def test_arrays_of_other_things_than_numbers_are_refused(value, message):
    with pytest.raises(DataError, match=message):
        read(pickle.dumps({"data": value}, protocol=2))


def test_array_with_too_few_bytes_is_refused():
    content = pickle.dumps({"data": ARRAY}, protocol=2)
    with pytest.raises(DataError, match=r"expected 16 bytes for an array of shape \(4, 4\)"):
        read(content.replace(b"K\x03K\x04\x86", b"K\x04K\x04\x86"))


def test_claimed_size_is_checked_before_memory_is_taken():
    content = pickle.dumps({"data": ARRAY}, protocol=2)
    with pytest.raises(DataError, match="received 12"):
        read(content.replace(b"K\x03K\x04\x86", b"\x8a\x06" + b"\x7f" * 6 + b"K\x04\x86"))


def test_negative_size_is_refused():
    content = pickle.dumps({"data": ARRAY}, protocol=2)
    with pytest.raises(DataError, match="expected an array shape of sizes >= 0"):
        read(content.replace(b"K\x03K\x04\x86", b"J\xff\xff\xff\xffK\x04\x86"))


def test_other_codecs_are_refused():
    with pytest.raises(DataError, match="expected bytes in encoding latin1, received 'bz2'"):
        read(b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x03\x00\x00\x00bz2tR.")


def test_reference_outside_the_file_is_refused():
    with pytest.raises(DataError, match="reference to an object outside the file"):
        read(b"Pother\n.")


def test_other_object_than_a_dict_is_refused():
    with pytest.raises(DataError, match="batch: expected a pickled dict, received list"):
        read(pickle.dumps([1]))
