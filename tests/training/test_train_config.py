"""Settings, recipes and schedules."""

import json
import subprocess
import sys

import pytest

from nasbench_templates.errors import ConfigError, UnknownNameError
from nasbench_templates.training import schedules
from nasbench_templates.training.config import TrainConfig
from nasbench_templates.training.recipes import recipes

GOOD = {"epochs": 2, "batch_size": 8, "optimizer": "sgd", "learning_rate": 0.1}


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("epochs", 0, "expected epochs to be an integer >= 1, received 0"),
        ("epochs", 1.5, "expected epochs to be an integer >= 1, received 1.5"),
        ("batch_size", True, "expected batch_size to be an integer >= 1, received True"),
        ("optimizer", "adam", "expected optimizer to be one of rmsprop, sgd, received 'adam'"),
        ("learning_rate", 0, "expected a finite learning_rate > 0, received 0"),
        ("learning_rate", float("nan"), "expected a finite learning_rate > 0, received nan"),
        ("momentum", 1.0, r"expected momentum in \[0, 1\), received 1.0"),
        ("weight_decay", -1e-4, "expected a finite weight_decay >= 0, received -0.0001"),
        ("schedule", "step", "expected schedule to be one of cosine, constant, received 'step'"),
        ("batch_norm_momentum", 1, r"expected batch_norm_momentum in \[0, 1\), received 1"),
        ("augmentation", "cutout", "one of none, pad_crop_flip, received 'cutout'"),
    ],
)
def test_bad_setting_is_refused(setting, value, message):
    with pytest.raises(ConfigError, match=message):
        TrainConfig(**{**GOOD, setting: value})


def test_settings_survive_json():
    config = TrainConfig(**GOOD, batch_norm_momentum=0.5)
    assert TrainConfig(**json.loads(json.dumps(config.to_dict()))) == config


def test_nasbench101_recipe_is_that_of_the_data_set():
    config = recipes.get("nasbench101").config()
    assert (config.epochs, config.batch_size, config.learning_rate) == (108, 256, 0.2)
    assert (config.optimizer, config.momentum, config.weight_decay) == ("rmsprop", 0.9, 1e-4)
    assert (config.schedule, config.augmentation) == ("cosine", "pad_crop_flip")
    assert config.batch_norm_momentum == 0.997
    assert config.zero_first_step


def test_rate_follows_the_batch_size():
    short = recipes.get("short")
    assert short.config().learning_rate == pytest.approx(0.05)
    config = short.config(epochs=3, batch_size=128, deterministic=True)
    assert config.learning_rate == pytest.approx(0.1)
    assert (config.epochs, config.batch_size, config.deterministic) == (3, 128, True)


def test_zero_epochs_are_not_taken_for_the_default():
    with pytest.raises(ConfigError, match="received 0"):
        recipes.get("short").config(epochs=0)


def test_unknown_recipe_lists_close_names():
    with pytest.raises(UnknownNameError, match="nasbench101"):
        recipes.get("nasbench102")


def test_recipe_names_are_their_keys():
    assert recipes.names() == ("nasbench101", "short")
    assert [recipes.get(name).name for name in recipes] == ["nasbench101", "short"]


def test_listing_recipes_imports_no_keras():
    script = (
        "import sys\n"
        "from nasbench_templates.training.recipes import recipes\n"
        "recipes.get('short').config()\n"
        "print([name for name in ('keras', 'tensorflow', 'jax') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_cosine_falls_to_zero():
    rates = [schedules.cosine(0.2, step, 4) for step in range(5)]
    assert rates == pytest.approx([0.2, 0.17071068, 0.1, 0.02928932, 0.0])


def test_only_the_first_step_has_rate_zero():
    rates = [
        schedules.learning_rate("constant", 0.5, step, 3, zero_first_step=True) for step in range(3)
    ]
    assert rates == [0.0, 0.5, 0.5]
