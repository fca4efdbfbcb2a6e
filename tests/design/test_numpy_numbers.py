"""NumPy's numbers where people have them: they are Python's from the door on."""

import json

import numpy as np
import pytest

import nasbench_templates as nt
from nasbench_templates.design import design_json
from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.distribution_search.settings import SearchSettings
from nasbench_templates.runs import identity
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.space import record_search
from nasbench_templates.support.errors import ConfigError, UnknownNameError
from nasbench_templates.training.config import TrainConfig


def numbers_of(value):
    """Yields the types of all numbers in a nest of lists and mappings."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from numbers_of(each)
    elif not isinstance(value, str | None):
        yield type(value)


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.int8])
def test_a_network_is_the_same_by_numbers_of_any_kind(kind):
    options = {"cell": "resnet", "stem_filters": kind(16)}
    network = nt.network(**options, input_shape=np.array([32, 32, 3]), num_classes=kind(7))
    assert network == nt.network(cell="resnet", stem_filters=16, num_classes=7)
    settings = {"n_min": kind(16), "divisor": kind(8), "input_shape": [32, 32, 3]}
    ours = nt.match(network, "ab", **settings, num_classes=kind(10))
    plain = {name: list(map(int, value)) if isinstance(value, list) else int(value)
             for name, value in settings.items()}  # fmt: skip
    assert ours == nt.match(network, "ab", **plain, num_classes=10)
    for design in ours:
        assert set(map(type, design.filters)) == {int}
        json.dumps([design_json.to_json(design), design.to_json()])


def test_narrow_numbers_do_not_wrap_around():
    network = NetworkSettings("vgg19", (224, 224, 3), 1000)
    (narrow,), (wide,) = (
        plan(network, "a", MatchSettings(n_min=number)) for number in (np.int32(64), 64)
    )
    assert narrow.filters == wide.filters


def test_a_run_is_the_same_by_numbers_of_any_kind():
    (design,) = nt.match("vgg11", "b")
    config = TrainConfig(epochs=np.int64(1), batch_size=np.int64(8), optimizer="sgd",
                         learning_rate=np.float32(0.5))  # fmt: skip
    spec = RunSpec(design, DataRequest("cifar10", train_images=np.int64(9)), config, np.int64(3))
    assert spec.config == TrainConfig(epochs=1, batch_size=8, optimizer="sgd", learning_rate=0.5)
    assert (type(spec.seed), type(spec.data.train_images)) == (int, int)
    assert set(numbers_of(identity.training(config))) <= {int, float, bool}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_classes": "10"}, "expected num_classes to be a whole number, received '10'"),
        ({"num_classes": 2.5}, "expected num_classes to be a whole number, received 2.5"),
        ({"input_shape": (32.0, 32, 3)}, "expected input_shape to be a list of whole numbers"),
    ],
)
def test_an_input_of_another_kind_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        nt.network("vgg11", **changes)


@pytest.mark.parametrize("names", [None, [], np.array([])])
def test_no_templates_are_refused(names):
    with pytest.raises(ConfigError, match="expected at least one template"):
        nt.match("vgg11", names)


def test_what_is_no_name_and_a_model_beside_a_cell_are_refused():
    with pytest.raises(UnknownNameError, match="expected the name of a template, received 1"):
        nt.match("vgg11", [1])
    with pytest.raises(ConfigError, match="expected a model or a cell, received 'vgg19'"):
        nt.network("vgg19", cell="resnet")


def test_no_classes_are_refused_where_the_match_is_made():
    with pytest.raises(ConfigError, match="expected num_classes >= 1, received 0"):
        nt.match("vgg11", "b", num_classes=0)


def test_settings_of_searches_are_checked_too(tmp_path):
    with pytest.raises(ConfigError, match="expected runs to be a whole number, received '5'"):
        record_search.SearchSettings(runs="5")
    config = TrainConfig(epochs=1, batch_size=8, optimizer="sgd", learning_rate=0.1)
    given = ("n", DataRequest("digits"), config, tmp_path)
    with pytest.raises(ConfigError, match="expected search_seeds to be a list of whole numbers"):
        SearchSettings(*given, search_seeds=0)
    made = SearchSettings(*given, search_seeds=np.arange(1), final_seeds=[1, np.int64(2)])
    assert (made.search_seeds, made.final_seeds) == ((0,), (1, 2))


def test_a_template_is_found_by_its_word():
    designs = nt.match("vgg11", ["flat"])
    assert designs["flat"] is designs["b"]


def test_templates_and_seeds_are_each_evaluated_once(tmp_path):
    for given in ({"templates": ["b", "flat"]}, {"templates": "b", "seeds": (0, 0)}):
        with pytest.raises(ConfigError, match="each template and each seed once"):
            nt.evaluate("vgg11", **given, output_dir=tmp_path, epochs=1)
