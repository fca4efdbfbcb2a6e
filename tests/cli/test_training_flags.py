"""Flags of the training jobs on their way to a configuration."""

import pytest
from absl import flags

from nasbench_templates.cli.flags import training_flags
from nasbench_templates.data.core.dataset import DatasetInfo
from nasbench_templates.support.errors import ConfigError, UnknownNameError
from nasbench_templates.training.recipes import recipes


def config_of(*arguments, image_shape=(32, 32, 3), is_streamed=False, num_images=None):
    values = flags.FlagValues()
    training_flags.define_recipe_flags(values, recipes.get("auto").name, "")
    training_flags.define_setting_flags(values)
    training_flags.define_amount_flags(values)
    training_flags.define_smoke_flag(values)
    values(["train", *arguments])
    info = DatasetInfo(
        "toy", "toys", image_shape, 10, load=None, is_streamed=is_streamed, num_images=num_images
    )
    return training_flags.train_config(values, info)


@pytest.mark.parametrize(
    ("argument", "name", "value"),
    [
        ("--epochs=7", "epochs", 7),
        ("--batch_size=48", "batch_size", 48),
        ("--optimizer=rmsprop", "optimizer", "rmsprop"),
        ("--schedule=constant", "schedule", "constant"),
        ("--learning_rate=0.25", "learning_rate", 0.25),
        ("--momentum=0.5", "momentum", 0.5),
        ("--weight_decay=0.125", "weight_decay", 0.125),
        ("--warmup_epochs=2.5", "warmup_epochs", 2.5),
        ("--label_smoothing=0.25", "label_smoothing", 0.25),
        ("--clip_norm=3", "clip_norm", 3.0),
        ("--ema_momentum=0.75", "ema_momentum", 0.75),
        ("--batch_norm_momentum=0.5", "batch_norm_momentum", 0.5),
        ("--augmentation=flip,cutout", "augmentation", ("flip", "cutout")),
        ("--augmentation=none", "augmentation", ()),
        ("--mixed_precision=bfloat16", "precision", "mixed_bfloat16"),
        ("--mixed_precision=float16", "precision", "mixed_float16"),
        ("--xla", "use_xla", True),
        ("--sync_batch_norm", "synchronized_batch_norm", True),
        ("--deterministic", "deterministic", True),
    ],
)
def test_flag_reaches_its_setting(argument, name, value):
    assert getattr(config_of(), name) != value
    assert getattr(config_of(argument), name) == value


def test_steps_of_the_rate_come_together():
    config = config_of("--schedule=steps", "--step_epochs=2,4.5", "--step_factor=0.5")
    assert (config.step_epochs, config.step_factor) == ((2.0, 4.5), 0.5)


@pytest.mark.parametrize("recipe", recipes.names())
def test_recipe_without_flags_is_the_recipe(recipe):
    if recipe == "auto":
        pytest.skip("auto fits the data set")
    assert config_of(f"--recipe={recipe}") == recipes.get(recipe).config()


def test_automatic_augmentation_fits_the_images():
    assert config_of(image_shape=(8, 8, 1)).augmentation == ()
    assert "pad_crop" in config_of(image_shape=(32, 32, 3)).augmentation
    streamed = config_of(image_shape=(224, 224, 3), is_streamed=True)
    assert "random_resized_crop" in streamed.augmentation


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--step_epochs=1,x", "expected --step_epochs as numbers such as 60,120.5, received '1,x'"),
        ("--step_epochs=1,2", "step_epochs exactly with the schedule steps"),
        ("--augmentation=flip,pad_crop", "in this order"),
        ("--augmentation=blur", "expected augmentation to name some of"),
        ("--learning_rate=nan", "a finite learning_rate > 0, received nan"),
        ("--warmup_epochs=99", "expected warmup_epochs in"),
        ("--momentum=1", r"expected momentum in \[0, 1\), received 1"),
    ],
)
def test_impossible_setting_is_refused(argument, message):
    with pytest.raises(ConfigError, match=message):
        config_of(argument)


def test_cutout_of_small_images_is_refused_before_they_are_read():
    with pytest.raises(ConfigError, match="cutout: expected images larger than 16 pixels"):
        config_of("--augmentation=cutout", image_shape=(16, 20, 3))


def test_unknown_recipe_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="myth_cifar"):
        config_of("--recipe=fo")


@pytest.mark.parametrize(
    ("arguments", "num_images", "expected"),
    [
        ((), (1000, 9, 9), 128),
        ((), (128, 9, 9), 128),
        ((), (100, 9, 9), 64),
        (("--train_on=all",), (100, 30, 9), 128),
        (("--limit_train_images=20",), (1000, 9, 9), 16),
        (("--limit_train_images=20",), None, 16),
        (("--smoke", "--recipe=myth_imagenet"), (10**6, 9, 9), 256),
        (("--smoke",), (3, 9, 9), 2),
        # Shares learn on a fifth of them.
        (("--recipe=filter_size_bilevel",), (100, 9, 9), 16),
    ],
)
def test_batch_of_the_recipe_shrinks_to_the_training_split(caplog, arguments, num_images, expected):
    found = config_of(*arguments, num_images=num_images)
    assert found.batch_size == expected
    assert bool(caplog.records) == (expected not in (128, 256))
    plain = config_of(f"--batch_size={expected}", *arguments, num_images=num_images)
    assert plain == found  # the rate too


def test_a_trial_shrinks_also_a_batch_that_was_asked_for(caplog):
    found = config_of("--smoke", "--batch_size=101", num_images=(50, 9, 9))
    assert found == config_of("--smoke", "--batch_size=32", num_images=(50, 9, 9))
    assert "batch size: 32, since the chosen 101 is larger than the 50" in caplog.text
    # As many as there are of a large set.
    assert config_of("--smoke", "--batch_size=512", num_images=(10**6, 9, 9)).batch_size == 256
    with pytest.raises(ConfigError, match="batch_size"):
        config_of("--smoke", "--batch_size=101", num_images=(0, 9, 9))


@pytest.mark.parametrize("arguments", [(), ("--limit_train_images=90",)])
def test_batch_that_was_asked_for_is_refused_with_one_that_works(arguments):
    count = 90 if arguments else 100
    sizes = (100, 9, 9)
    with pytest.raises(ConfigError, match=f"batch_size <= {count} .*--batch_size={count}"):
        config_of("--batch_size=101", *arguments, num_images=sizes)
    assert config_of(f"--batch_size={count}", *arguments, num_images=sizes).batch_size == count
