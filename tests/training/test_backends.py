"""TensorFlow and JAX train on the same pictures and compute the same loss."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.slow

# Writes the first batch as the network gets it and the loss of the first step for two networks;
# the second backend starts from the weights that the first one wrote.
SCRIPT = """
import pathlib, sys
import keras
import numpy as np
from nasbench_templates.networks import architecture
from nasbench_templates.data.core import dataset, splits
from nasbench_templates.keras_io import keras_builder
from nasbench_templates.training import augment, optimizers, preparation, streams
from nasbench_templates.training.steps import backends, common
from nasbench_templates.training.config import TrainConfig

own, others = map(pathlib.Path, sys.argv[1:])
assert keras.backend.backend() == own.name
rng = np.random.default_rng(0)
images = rng.integers(0, 256, (16, 20, 20, 3), dtype=np.uint8)
labels = np.arange(16, dtype=np.int64) % 10
split = splits.make_split(images, labels)
data = dataset.make_dataset("noise", tuple("abcdefghij"), (split, split, split), "test")
config = TrainConfig(
    epochs=1, batch_size=16, optimizer="sgd", learning_rate=0.1, weight_decay=1e-4,
    label_smoothing=0.1, augmentation=("pad_crop", "flip", "cutout"),
)
draws = streams.augmentation_draws(3, 1, 16, data.input_shape, augment.PADDING)
prepare = preparation.make_preparation(data, config)
np.save(own / "images", keras.ops.convert_to_numpy(prepare([images, draws])))
skeleton = {"stem_filters": 4, "num_stacks": 1, "num_modules_per_stack": 1}
for name, options in (("nasbench101", skeleton), ("resnet20", {})):
    network = architecture.build(name, data.input_shape, 10, options)
    model = keras_builder.build_keras(network.graph, network.base_filters)
    keras_builder.initialize(model, network.graph, seed=1)
    known = others / f"{name}.npz"
    if known.exists():
        model.set_weights(list(np.load(known).values()))
    np.savez(own / name, *model.get_weights())
    optimizer = optimizers.make_optimizer(config)
    optimizer.build(model.trainable_variables)
    made = backends.make_steps(common.Parts(
        prepare, preparation.make_normalization(data), model, optimizer,
        config.weight_decay, config.label_smoothing,
    ))
    loss, _ = made.train(images, labels.astype(np.int32), draws, 0.1)
    np.save(own / f"{name}_loss", float(loss))
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> tuple[pathlib.Path, pathlib.Path]:
    """What TensorFlow wrote, and what JAX wrote from the same weights."""
    pytest.importorskip("jax")
    root = tmp_path_factory.mktemp("backends")
    tensorflow, jax = root / "tensorflow", root / "jax"
    tensorflow.mkdir()
    jax.mkdir()
    for own, others in ((tensorflow, jax), (jax, tensorflow)):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, own, others],
            env={**os.environ, "KERAS_BACKEND": own.name, "JAX_PLATFORMS": "cpu"},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr[-3000:]
    return tensorflow, jax


def test_augmented_images_are_the_same(folders):
    tensorflow, jax = (np.load(folder / "images.npy") for folder in folders)
    assert len(np.unique(tensorflow)) > 100
    np.testing.assert_allclose(jax, tensorflow, rtol=0, atol=1e-6)


@pytest.mark.parametrize("network", ["nasbench101", "resnet20"])
def test_first_loss_is_the_same_from_the_same_weights(folders, network):
    tensorflow, jax = (float(np.load(folder / f"{network}_loss.npy")) for folder in folders)
    assert jax == pytest.approx(tensorflow, rel=1e-4)
    # Untrained networks on ten classes.
    assert 1 < tensorflow < 10
