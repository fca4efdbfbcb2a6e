"""Labels that number, name or spell classes, in one numbering."""

import numpy as np
import pyarrow as pa
import pytest

from nasbench_templates.data.formats import parquet_labels
from nasbench_templates.data.formats.parquet_labels import ShardLabels
from nasbench_templates.support.errors import DataError

CATS = ("cat", "dog")


def numbered(*labels, names=None, where="train"):
    return ShardLabels(where, np.array(labels), names)


def read(values, names=None):
    return parquet_labels.read_labels("shard", "label", pa.chunked_array([values]), names)


def unified(*shards, known=None):
    made = parquet_labels.unify(shards, known)
    return [labels.tolist() for labels in made.labels], made.classes


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_text_becomes_numbers_in_the_order_of_names(kind):
    column = read(pa.array(["dog", "cat", "dog"], kind))
    assert (column.numbers.tolist(), column.names, column.is_text) == ([1, 0, 1], CATS, True)


def test_dictionaries_are_read_by_their_values():
    assert read(pa.array(["dog", "cat"]).dictionary_encode()).names == CATS
    assert read(pa.array([7, 3]).dictionary_encode()).numbers.tolist() == [7, 3]


def test_all_texts_together_are_the_classes():
    shards = [read(pa.array(["dog", "cat"])), read(pa.array(["emu", "cat"]))]
    assert unified(*shards) == ([[1, 0], [2, 0]], ("cat", "dog", "emu"))


def test_names_in_another_order_are_told_by_name():
    shards = numbered(0, 1, names=CATS), numbered(0, 1, 1, names=CATS[::-1], where="test")
    assert unified(*shards) == ([[0, 1], [1, 0, 0]], CATS)
    (note,) = parquet_labels.unify(shards).notes
    assert note.text == "test numbers its classes in another order: they are told by their names"


def test_names_of_others_are_refused():
    with pytest.raises(DataError, match="the classes cat, dog, received others: emu"):
        unified(numbered(0, names=CATS), numbered(0, names=("cat", "emu"), where="test"))


def test_text_and_named_numbers_are_one_numbering():
    text = ShardLabels("test", np.array([0, 0]), ("dog",), is_text=True)
    assert unified(numbered(0, 1, names=CATS), text) == ([[0, 1], [1, 1]], CATS)


def test_numbers_without_names_beside_named_ones_are_told():
    shards = numbered(0, 1, names=CATS), numbered(1, 0, where="test")
    assert unified(*shards) == ([[0, 1], [1, 0]], CATS)
    assert "test names no classes" in parquet_labels.unify(shards).notes[0].text


@pytest.mark.parametrize(
    ("label", "names", "last"), [(2, CATS, 1), (2**40, CATS, 1), (2**40, None, 9999)]
)
def test_numbers_beyond_names_or_any_numbering_are_refused(label, names, last):
    with pytest.raises(DataError, match=rf"expected labels in 0\.\.{last}, received {label}"):
        unified(numbered(0, label, names=names))


def test_few_images_may_have_large_numbers():
    assert unified(numbered(5, 999)) == ([[5, 999]], None)


def test_a_class_named_twice_is_refused():
    with pytest.raises(DataError, match="expected every class name once"):
        unified(numbered(0, names=("cat", "cat")))


def test_names_that_only_blanks_tell_apart_are_refused():
    shards = read(pa.array([" cat", "dog"])), read(pa.array(["cat", "dog"]))
    with pytest.raises(DataError, match="more than the blanks around them, received ' cat' and"):
        parquet_labels.unify(shards)
    with pytest.raises(DataError, match="received 'a' and 'a '"):
        parquet_labels.unify([numbered(0, 1, names=("a", "a "))])
    assert unified(read(pa.array(["a", "A"])))[1] == ("A", "a")


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_label_is_none(blank):
    with pytest.raises(DataError, match="received 2 rows with a blank one"):
        read(pa.array(["cat", blank, blank]))
