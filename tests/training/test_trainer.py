"""Whole runs on a few digits."""

import dataclasses

import keras
import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.core import dataset, splits
from nasbench_templates.networks import architecture
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.errors import ConfigError, TrainingError
from nasbench_templates.training import trainer
from nasbench_templates.training.config import TrainConfig
from nasbench_templates.training.metrics import TrainResult
from nasbench_templates.training.recipes import recipes

SKELETON = {"stem_filters": 8, "num_stacks": 2, "num_modules_per_stack": 1}
# Learns digits.
NETWORK = architecture.build("nasbench101", (8, 8, 1), 10, SKELETON)
CELL = Cell.parse([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv3x3-bn-relu", "output"])
# Learns little, and takes less than half the time to build and trace.
TINY = architecture.build("nasbench101", (8, 8, 1), 10, {**SKELETON, "num_stacks": 1, "cell": CELL})


def _first(split: splits.Split, count: int) -> splits.Split:
    return splits.make_split(split.images[:count], split.labels[:count])


def _digits(num_train: int = 256, num_other: int = 60) -> dataset.Dataset:
    digits = loading.load_dataset("digits", None)
    splits = (
        _first(digits.train, num_train),
        _first(digits.validation, num_other),
        _first(digits.test, num_other),
    )
    return dataset.make_dataset("digits", digits.classes, splits, "test")


def _trainer(
    data: dataset.Dataset, network: architecture.Architecture = TINY, **changes: object
) -> trainer.Trainer:
    config = dataclasses.replace(recipes.get("short").config(epochs=3), **changes)
    return trainer.Trainer(network.graph, network.base_filters, data, config)


def _weights(run: trainer.Trainer) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(weight).copy() for weight in run.model.weights]


def _metrics(result: TrainResult) -> list[tuple]:
    """Everything but the times."""
    history = [
        dataclasses.replace(each, seconds=0.0, images_per_second=0.0) for each in result.history
    ]
    return [result.val_accuracy, result.test_accuracy, *map(dataclasses.astuple, history)]


@pytest.fixture(scope="module")
def augmented() -> trainer.Trainer:
    """A deterministic trainer with everything that is random switched on."""
    return _trainer(_digits(), augmentation=("pad_crop", "flip"), deterministic=True)


def test_seed_decides_the_run_whatever_ran_before(augmented):
    first = augmented.run(4)
    weights = _weights(augmented)
    other = augmented.run(5)
    assert _metrics(other) != _metrics(first)
    fresh = _trainer(_digits(), augmentation=("pad_crop", "flip"), deterministic=True)
    assert _metrics(fresh.run(5)) == _metrics(other)
    assert _metrics(augmented.run(4)) == _metrics(first)
    for mine, before in zip(_weights(augmented), weights, strict=True):
        np.testing.assert_array_equal(mine, before)


def _stop_at(step: int):
    """Returns what stops a run after so many steps."""
    calls = iter(range(1, 1000))
    return lambda: "enough" if next(calls) == step else None


@pytest.fixture(scope="module")
def uninterrupted(augmented) -> tuple[list[tuple], list[np.ndarray]]:
    """Metrics and weights of a run that nothing stopped."""
    return _metrics(augmented.run(6)), _weights(augmented)


# Four steps an epoch, three epochs: in the middle, at the end of an epoch, before the last step and
# after it.
@pytest.mark.parametrize("step", [1, 6, 8, 11, 12])
def test_stopped_run_ends_like_an_uninterrupted_one(augmented, uninterrupted, tmp_path, step):
    expected, weights = uninterrupted
    folder = tmp_path / "checkpoints"
    stopped = augmented.run(6, checkpoint=folder, stop_reason=_stop_at(step))
    assert (stopped.stopped, stopped.test_accuracy) == ("enough", None)
    assert len(stopped.history) == (step - 1) // 4
    augmented.run(7)
    steps = []
    resumed = augmented.run(6, checkpoint=folder, on_step=lambda *each: steps.append(each))
    assert steps == [(each // 4 + 1, each % 4 + 1) for each in range(step, 12)]
    assert _metrics(resumed) == expected
    assert resumed.train_seconds == sum(each.seconds for each in resumed.history)
    for mine, before in zip(_weights(augmented), weights, strict=True):
        np.testing.assert_array_equal(mine, before)


def test_run_of_other_kernels_does_not_resume(augmented, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer.cpu_kernels, "current_name", lambda: "eigen")
    augmented.run(6, checkpoint=tmp_path, stop_reason=_stop_at(1))
    monkeypatch.setattr(trainer.cpu_kernels, "current_name", lambda: "onednn")
    with pytest.raises(ConfigError, match=r"began with, eigen; .* TF_ENABLE_ONEDNN_OPTS=0"):
        augmented.run(6, checkpoint=tmp_path)


def test_run_starts_from_given_weights(tmp_path):
    config = dataclasses.replace(
        recipes.get("short").config(epochs=1), learning_rate=1e-30, batch_norm_momentum=0.999
    )
    arguments = (TINY.graph, TINY.base_filters, _digits(64), config)
    untouched = trainer.Trainer(*arguments)
    # No value as the seed would draw it.
    weights = [1.2 * value + 0.02 for value in untouched.model.get_layer("network").get_weights()]
    tuned = trainer.Trainer(*arguments, first_weights=weights)
    tuned.run(5, checkpoint=tmp_path)
    for mine, given in zip(tuned.model.get_layer("network").weights, weights, strict=True):
        # One step at no rate moves statistics by a thousandth.
        np.testing.assert_allclose(np.array(mine), given, rtol=0.01, atol=0.01, err_msg=mine.path)
    with pytest.raises(ConfigError, match="received that of another run"):
        untouched.run(5, checkpoint=tmp_path)


def test_run_saves_after_every_step_without_an_interval(augmented, tmp_path):
    folder = tmp_path / "checkpoints"
    result = augmented.run(6, checkpoint=folder, checkpoint_interval_s=0)
    names = sorted(each.name for each in folder.iterdir())
    assert names == ["step-00000011.npz", "step-00000012.npz"]
    assert _metrics(augmented.run(6, checkpoint=folder)) == _metrics(result)
    (folder / "step-00000012.npz").write_bytes(b"damaged")
    assert _metrics(augmented.run(6, checkpoint=folder)) == _metrics(result)


def test_checkpoint_waits_for_its_interval(augmented, tmp_path):
    folder = tmp_path / "checkpoints"
    augmented.run(0, checkpoint=folder, checkpoint_interval_s=1000)
    # Only the end of the last epoch is saved in any case.
    assert [each.name for each in folder.iterdir()] == ["step-00000012.npz"]


def test_checkpoint_of_another_run_is_refused(augmented, tmp_path):
    folder = tmp_path / "checkpoints"
    augmented.run(0, checkpoint=folder, checkpoint_interval_s=0)
    with pytest.raises(ConfigError, match="received that of another run"):
        augmented.run(1, checkpoint=folder)


EVERYTHING = {
    "optimizer": "sgd", "learning_rate": 0.1, "nesterov": True, "warmup_epochs": 1.0,
    "label_smoothing": 0.1, "clip_norm": 5.0, "ema_momentum": 0.8, "precision": "mixed_float16",
    "deterministic": True,
}  # fmt: skip


def test_everything_switched_on_repeats():
    run = _trainer(_digits(), **EVERYTHING)
    first = run.run(0)
    assert first.history[-1].loss < first.history[0].loss
    assert _metrics(run.run(0)) == _metrics(first)


@pytest.mark.slow
def test_everything_switched_on_learns():
    # Half precision is slow on a CPU.
    run = _trainer(loading.load_dataset("digits", None), NETWORK, epochs=6, **EVERYTHING)
    assert run.run(0).test_accuracy > 0.9


def test_averaged_weights_are_those_that_are_evaluated_and_kept(tmp_path):
    data = _digits()
    run = _trainer(data, ema_momentum=0.5)
    seen = []
    folder = tmp_path / "checkpoints"
    result = run.run(
        0,
        checkpoint=folder,
        checkpoint_interval_s=0,
        on_epoch=lambda metrics: seen.append((_weights(run), metrics.val_loss)),
    )
    raw, val_loss = seen[-1]
    averaged = _weights(run)
    assert any(not np.array_equal(*each) for each in zip(raw, averaged, strict=True))
    assert run.evaluate(data.validation)[0] == pytest.approx(val_loss, rel=1e-6)
    assert result.history[-1].val_loss == val_loss


def test_without_validation_nothing_is_evaluated_before_the_end():
    data = dataclasses.replace(_digits(), validation=None)
    result = _trainer(data).run(0)
    assert result.val_accuracy is None
    assert result.history[0].val_loss is None
    assert 0 <= result.test_accuracy <= 1


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_low_precision_computes_logits_and_keeps_weights_in_float32(precision):
    run = _trainer(_digits(64), epochs=1, precision=precision)
    run.run(0)
    assert {weight.dtype for weight in run.model.weights} == {"float32"}
    assert run.model.output.dtype == "float32"
    assert run.model.get_layer("network").get_layer("stem_conv").compute_dtype == precision[6:]


def test_label_smoothing_adds_the_mean_over_all_classes():
    plain, smooth = (
        _trainer(_digits(64), epochs=1, label_smoothing=share, weight_decay=0.0).run(0)
        for share in (0.0, 0.9)
    )
    # The first loss of untrained networks: both near ln 10, the smoothed one near its own optimum.
    assert smooth.history[0].loss != plain.history[0].loss
    assert smooth.history[0].loss == pytest.approx(np.log(10), abs=0.8)


def test_cutout_on_small_images_is_refused():
    with pytest.raises(ConfigError, match="expected images larger than 16 pixels, received 8"):
        _trainer(_digits(64), augmentation=("cutout",))


def test_metrics_count_from_one_and_cover_whole_batches(augmented):
    history = augmented.run(0).history
    assert [each.epoch for each in history] == [1, 2, 3]
    # Four steps an epoch, twelve in all; the last step's rate.
    assert history[-1].learning_rate == pytest.approx(0.025 * (1 + np.cos(np.pi * 11 / 12)))
    assert all(each.images_per_second * each.seconds == pytest.approx(256) for each in history)


def test_one_batch_can_be_over_fitted():
    run = _trainer(_digits(64), NETWORK, epochs=60, weight_decay=0.0, schedule="constant")
    result = run.run(0)
    assert result.history[-1].accuracy == 1.0
    assert result.history[-1].loss < 0.1 * result.history[0].loss


def test_shuffled_labels_give_chance():
    digits = loading.load_dataset("digits", None)
    labels = np.random.default_rng(0).permutation(digits.train.labels)
    train = splits.make_split(digits.train.images, labels)
    shuffled = dataset.make_dataset(
        "digits", digits.classes, (train, digits.validation, digits.test), "test"
    )
    result = _trainer(shuffled, NETWORK).run(0)
    # Chance is 0.1; 300 images make 4 standard deviations 0.07.
    assert result.test_accuracy < 0.2


def test_digits_are_learnt():
    result = _trainer(loading.load_dataset("digits", None), NETWORK, epochs=6).run(0)
    assert result.test_accuracy > 0.9
    assert result.val_accuracy == result.history[-1].val_accuracy


def test_diverged_run_names_epoch_and_step():
    run = _trainer(_digits(), optimizer="sgd", learning_rate=1e30)
    with pytest.raises(TrainingError, match=r"epoch 1, step \d: expected a finite loss"):
        run.run(0)
    # The next seed starts from whole weights again, with the same settings it fails the same way.
    with pytest.raises(TrainingError, match="epoch 1"):
        run.run(1)


def test_evaluation_counts_every_image_and_adds_no_penalty():
    # 257 validation images do not divide into batches of at most 256.
    run = _trainer(_digits(128, 257), epochs=1)
    result = run.run(0)
    validation = _digits(128, 257).validation
    logits = keras.ops.convert_to_numpy(run.model(validation.images, training=False))
    accuracy = (logits.argmax(axis=1) == validation.labels).mean()
    losses = keras.losses.sparse_categorical_crossentropy(validation.labels, logits, True)
    assert result.val_accuracy == pytest.approx(accuracy)
    assert result.history[0].val_loss == pytest.approx(np.array(losses).mean(), rel=1e-5)


def test_saved_model_predicts_the_same_from_stored_images(augmented, tmp_path):
    data = _digits()
    augmented.run(1)
    augmented.model.save(tmp_path / "model.keras")
    # tests/test_round_trip.py and test_evaluation.py load in a process that knows no builder.
    loaded = keras.models.load_model(tmp_path / "model.keras")
    images = data.test.images
    np.testing.assert_allclose(loaded(images), augmented.model(images), rtol=1e-5, atol=1e-5)


def test_original_zero_rate_step_moves_only_statistics():
    run = _trainer(_digits(64), epochs=1, zero_first_step=True)
    run.run(2)
    trained = _weights(run)
    still = _trainer(_digits(64), epochs=1, learning_rate=1e-30, schedule="constant")
    still.run(2)
    # One step in all, so the rate was 0: the trainable values are the first ones.
    for weight, value, other in zip(run.model.weights, trained, _weights(still), strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-6, atol=1e-20, err_msg=weight.path)
    moving = next(weight for weight in run.model.weights if weight.name == "moving_variance")
    assert not np.allclose(np.array(moving), 1)


@pytest.mark.parametrize(
    ("shape", "classes"), [((8, 8, 3), 10), ((8, 8, 1), 7)], ids=["shape", "classes"]
)
def test_network_for_other_data_is_refused(shape, classes):
    other = architecture.build("nasbench101", shape, classes, {"stem_filters": 8})
    config = TrainConfig(epochs=1, batch_size=8, optimizer="sgd", learning_rate=0.1)
    with pytest.raises(ConfigError, match=r"digits: expected a network for images of shape"):
        trainer.Trainer(other.graph, other.base_filters, _digits(), config)


def test_batch_larger_than_the_training_split_is_refused():
    with pytest.raises(ConfigError, match=r"batch_size <= 32 training images, .* received 64"):
        _trainer(_digits(32))
