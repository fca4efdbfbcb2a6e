"""Settings, recipes and schedules."""

import dataclasses
import json
import subprocess
import sys

import pytest

from nasbench_templates.support.errors import ConfigError, UnknownNameError
from nasbench_templates.training import schedules
from nasbench_templates.training.config import MixingConfig, TrainConfig
from nasbench_templates.training.recipes import auto_augmentation, recipes

GOOD = {"epochs": 2, "batch_size": 8, "optimizer": "sgd", "learning_rate": 0.1}


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("epochs", 0, "expected epochs to be a whole number >= 1, received 0"),
        ("epochs", 1.5, "expected epochs to be a whole number >= 1, received 1.5"),
        ("batch_size", True, "expected batch_size to be a whole number >= 1, received True"),
        ("epochs", "one", "expected epochs to be a whole number >= 1, received 'one'"),
        ("nesterov", "no", "expected nesterov to be true or false, received 'no'"),
        ("step_epochs", 3, "expected step_epochs to be a list of numbers, received 3"),
        ("optimizer", "lamb", "expected optimizer .* rmsprop, sgd, adam, received 'lamb'"),
        ("learning_rate", 0, "expected a finite learning_rate > 0, received 0"),
        ("learning_rate", float("nan"), "expected a finite learning_rate > 0, received nan"),
        ("momentum", 1.0, r"expected momentum in \[0, 1\), received 1.0"),
        ("weight_decay", -1e-4, "expected a finite weight_decay >= 0, received -0.0001"),
        ("schedule", "step", "one of cosine, constant, steps, received 'step'"),
        ("batch_norm_momentum", 1, r"expected batch_norm_momentum in \[0, 1\), received 1"),
        ("augmentation", ("cutout", "flip"), "in this order, received"),
        ("augmentation", "flip", "in this order, received 'flip'"),
        ("precision", "float16", "mixed_float16, received 'float16'"),
        ("step_epochs", (1,), "exactly with the schedule steps"),
        ("schedule", "steps", "exactly with the schedule steps"),
        ("warmup_epochs", 2, r"expected warmup_epochs in \[0, 2\), received 2"),
        ("label_smoothing", 1, r"expected label_smoothing in \[0, 1\), received 1"),
        ("clip_norm", 0, "expected a finite clip_norm > 0, received 0"),
        ("ema_momentum", 0, r"expected ema_momentum in \(0, 1\), received 0"),
    ],
)
def test_bad_setting_is_refused(setting, value, message):
    with pytest.raises(ConfigError, match=message):
        TrainConfig(**{**GOOD, setting: value})


@pytest.mark.parametrize("steps", [(2, 1), (0, 1), (1, 1), (1, float("nan"))])
def test_falls_of_the_rate_must_follow_each_other(steps):
    with pytest.raises(ConfigError, match="expected increasing step_epochs above 0"):
        TrainConfig(**GOOD, schedule="steps", step_epochs=steps)


def test_settings_become_json():
    config = TrainConfig(**GOOD, augmentation=("flip",))
    settings = json.loads(json.dumps(config.to_dict()))
    assert settings["augmentation"] == ["flip"]
    # A run without mixtures is named as before there were any.
    settings |= {"augmentation": ("flip",), "step_epochs": (), "mixing": None}
    assert settings == dataclasses.asdict(config)
    mixed = TrainConfig(**GOOD, mixing=MixingConfig(share=0.25))
    assert json.loads(json.dumps(mixed.to_dict()))["mixing"]["share"] == 0.25


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("share", 1, r"expected mixing.share in \(0, 1\), received 1"),
        ("learning_rate", 0, "expected a finite mixing.learning_rate > 0, received 0"),
        ("beta_2", 1.0, r"expected mixing.beta_2 in \[0, 1\), received 1.0"),
        ("weight_decay", -1, "expected a finite mixing.weight_decay >= 0, received -1"),
    ],
)
def test_bad_mixing_is_refused(setting, value, message):
    with pytest.raises(ConfigError, match=message):
        MixingConfig(**{setting: value})


def test_scaled_losses_and_mixing_exclude_each_other():
    with pytest.raises(ConfigError, match="another precision where shares are mixed"):
        TrainConfig(**GOOD, precision="mixed_float16", mixing=MixingConfig())


def test_filter_size_recipes_differ_in_how_shares_are_learned():
    fixed, learned = (recipes.get(f"filter_size{each}").config() for each in ("", "_bilevel"))
    assert (fixed.epochs, fixed.schedule, fixed.mixing) == (400, "cosine", None)
    assert learned == dataclasses.replace(fixed, mixing=MixingConfig())
    assert dataclasses.astuple(learned.mixing) == (0.2, 1e-4, 0.5, 0.999, 3e-4)


def test_nasbench101_recipe_is_that_of_the_data_set():
    config = recipes.get("nasbench101").config()
    assert (config.epochs, config.batch_size, config.learning_rate) == (108, 256, 0.2)
    assert (config.optimizer, config.momentum, config.weight_decay) == ("rmsprop", 0.9, 1e-4)
    assert (config.schedule, config.augmentation) == ("cosine", ("pad_crop", "flip"))
    assert config.batch_norm_momentum == 0.997
    assert config.zero_first_step


def test_rate_follows_the_batch_size():
    short = recipes.get("short")
    assert short.config().learning_rate == pytest.approx(0.05)
    config = short.config(epochs=3, batch_size=128, deterministic=True)
    assert config.learning_rate == pytest.approx(0.1)
    assert (config.epochs, config.batch_size, config.deterministic) == (3, 128, True)


def test_given_rate_is_not_scaled():
    config = recipes.get("short").config(batch_size=128, learning_rate=0.3)
    assert config.learning_rate == 0.3


def test_shorter_run_falls_and_warms_up_at_the_same_shares():
    config = recipes.get("myth_mnist").config(epochs=15)
    assert config.step_epochs == pytest.approx((7.5, 11))
    assert recipes.get("auto").config(epochs=5).warmup_epochs == 0.5


@pytest.mark.parametrize("epochs", [None, 15])
def test_other_schedule_forgets_the_steps(epochs):
    config = recipes.get("myth_mnist").config(epochs=epochs, schedule="cosine")
    assert (config.schedule, config.step_epochs) == ("cosine", ())


# "The Myth of the Pyramid", section 4.2; weight decay of the last two:
# docs/templates.md, section 9.
@pytest.mark.parametrize(
    ("name", "epochs", "batch_size", "rate", "decay", "steps", "factor"),
    [
        ("myth_mnist", 150, 256, 0.01, 1e-5, (75, 110), 0.2),
        ("myth_cifar", 200, 256, 0.1, 1e-5, (60, 120, 160), 0.2),
        ("myth_tiny_imagenet", 90, 64, 0.1, 1e-4, (45, 70, 85), 0.1),
        ("myth_imagenet", 90, 256, 0.1, 1e-4, (45, 70, 85), 0.1),
        ("drafts", 160, 64, 0.1, 1e-4, (80, 120), 0.1),
    ],
)
def test_published_recipes(name, epochs, batch_size, rate, decay, steps, factor):
    config = recipes.get(name).config()
    assert (config.optimizer, config.momentum, config.schedule) == ("sgd", 0.9, "steps")
    assert (config.epochs, config.batch_size, config.learning_rate) == (epochs, batch_size, rate)
    assert (config.weight_decay, config.step_epochs, config.step_factor) == (decay, steps, factor)
    # The paper cuts out on all but ImageNet; the drafts did not know cutout.
    assert ("cutout" in config.augmentation) == (name not in ("myth_imagenet", "drafts"))


def test_zero_epochs_are_not_taken_for_the_default():
    with pytest.raises(ConfigError, match="received 0"):
        recipes.get("short").config(epochs=0)


def test_unknown_recipe_lists_close_names():
    with pytest.raises(UnknownNameError, match="nasbench101"):
        recipes.get("nasbench102")


def test_recipe_names_are_their_keys():
    assert {"auto", "drafts", "myth_cifar", "nasbench101", "short"} <= set(recipes.names())
    assert [recipes.get(name).name for name in recipes] == list(recipes.names())


def test_listing_recipes_imports_no_keras():
    script = (
        "import sys\n"
        "from nasbench_templates.training.recipes import recipes\n"
        "recipes.get('short').config()\n"
        "print([name for name in ('keras', 'tensorflow', 'jax') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def _rates(steps_per_epoch: int, **settings: object) -> list[float]:
    config = TrainConfig(**{**GOOD, "learning_rate": 0.5, **settings})
    count = config.epochs * steps_per_epoch
    return [schedules.learning_rate(config, step, steps_per_epoch) for step in range(count)]


def test_cosine_falls_towards_zero():
    assert _rates(2) == pytest.approx([0.5, 0.42677670, 0.25, 0.07322330])


def test_rate_falls_after_each_of_the_epochs():
    settings = {"epochs": 3, "schedule": "steps", "step_epochs": (1, 2.5), "step_factor": 0.1}
    assert _rates(2, **settings) == pytest.approx([0.5, 0.5, 0.05, 0.05, 0.05, 0.005])


def test_warm_up_rises_to_the_schedule():
    rates = _rates(4, schedule="constant", warmup_epochs=1)
    assert rates == pytest.approx([0.125, 0.25, 0.375, 0.5, 0.5, 0.5, 0.5, 0.5])


def test_only_the_first_step_has_rate_zero():
    assert _rates(1, schedule="constant", epochs=3, zero_first_step=True) == [0.0, 0.5, 0.5]


@pytest.mark.parametrize(
    ("num_replicas", "changes", "message"),
    [
        (3, {}, "expected a batch_size that 3 replicas can share equally, received 8"),
        (2, {"use_xla": True}, "expected no XLA with a distribution, received True"),
        (None, {"synchronized_batch_norm": True}, "with a distribution only, received True"),
    ],
    ids=["shares", "xla", "alone"],
)
def test_settings_that_replicas_cannot_have_are_refused(num_replicas, changes, message):
    with pytest.raises(ConfigError, match=message):
        TrainConfig(**GOOD, **changes).check_replicas(num_replicas)


def test_settings_fit_replicas():
    TrainConfig(**GOOD, synchronized_batch_norm=True).check_replicas(4)
    TrainConfig(**GOOD, use_xla=True).check_replicas(None)


@pytest.mark.parametrize(("name", "batch_size"), [("myth_esc50", 32), ("myth_gtzan", 16)])
def test_audio_recipes_are_those_of_the_published_code(name, batch_size):
    config = recipes.get(name).config()
    assert (config.epochs, config.batch_size, config.optimizer) == (70, batch_size, "adam")
    assert (config.learning_rate, config.weight_decay) == (1e-4, 1e-3)
    assert (config.schedule, config.step_epochs, config.step_factor) == ("steps", (30, 60), 0.1)


def test_auto_moves_and_masks_audio_features():
    names = auto_augmentation((128, 250, 3), False, is_audio=True)
    assert names == ("time_shift", "time_mask", "frequency_mask")
