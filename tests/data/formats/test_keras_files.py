"""Fetching through keras.datasets, with a stand-in for Keras: no test downloads."""

import sys
import types

import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.support.errors import DataError


@pytest.fixture
def stand_in(monkeypatch):
    """Makes `keras.datasets.<name>.load_data` call the given function."""

    def install(name, load_data):
        module = types.SimpleNamespace(load_data=load_data)
        monkeypatch.setitem(sys.modules, "keras", types.ModuleType("keras"))
        monkeypatch.setitem(sys.modules, "keras.datasets", types.ModuleType("keras.datasets"))
        monkeypatch.setitem(sys.modules, f"keras.datasets.{name}", module)

    return install


def grey(count):
    return np.zeros((count, 28, 28), np.uint8), (np.arange(count) % 10).astype(np.uint8)


def colour(count, channels_first=False):
    shape = (count, 3, 32, 32) if channels_first else (count, 32, 32, 3)
    return np.zeros(shape, np.uint8), (np.arange(count) % 10).astype(np.uint8).reshape(-1, 1)


def test_mnist_arrays_get_a_channel(stand_in):
    stand_in("mnist", lambda: (grey(5003), grey(4)))
    made = loading.load_dataset("mnist", None)
    assert made.num_images == (3, 5000, 4)
    assert made.input_shape == (28, 28, 1)
    assert made.source == "keras.datasets"


@pytest.mark.parametrize("channels_first", [False, True])
def test_last_fifth_of_cifar_is_for_validation(stand_in, channels_first):
    stand_in("cifar10", lambda: (colour(20, channels_first), colour(5, channels_first)))
    made = loading.load_dataset("cifar10", None)
    assert made.num_images == (16, 4, 5)
    assert made.input_shape == (32, 32, 3)
    assert made.validation.labels.tolist() == [6, 7, 8, 9]


@pytest.mark.parametrize(
    "error",
    [
        Exception("URL fetch failure on https://host/mnist.npz: None -- no route"),
        TimeoutError("no route"),
        ValueError("Incomplete or corrupted file detected; no route"),
    ],
)
def test_failed_download_names_the_flag(stand_in, error):
    def fail():
        raise error

    stand_in("mnist", fail)
    with pytest.raises(DataError, match=r"mnist: expected keras.datasets .*no route.*--data_dir="):
        loading.load_dataset("mnist", None)


def test_programming_errors_are_not_taken_for_failed_downloads(stand_in):
    def fail():
        raise NameError("typo")

    stand_in("mnist", fail)
    with pytest.raises(NameError, match="typo"):
        loading.load_dataset("mnist", None)


def test_progress_does_not_reach_standard_output(stand_in, capsys):
    def load_data():
        print("Downloading data from https://host")
        return grey(5003), grey(4)

    stand_in("mnist", load_data)
    loading.load_dataset("mnist", None)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Downloading" in captured.err


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10", "cifar100"])
def test_nothing_is_downloaded_when_a_folder_is_given(stand_in, tmp_path, name):
    def fail():
        raise AssertionError("downloaded")

    stand_in(name, fail)
    with pytest.raises(DataError, match=f"{name}: expected .*; found none of them"):
        loading.load_dataset(name, tmp_path)
