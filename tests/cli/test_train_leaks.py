"""No image that `train` evaluates on is one that it trains on: pixels are compared, not rows."""

import pytest
from train_runs import NETWORK

from nasbench_templates.__main__ import main
from nasbench_templates.data.core.duplicates import find_duplicates
from nasbench_templates.runs.loop import RunLoop
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import trainer

TINY = ("train", *NETWORK, "--dataset=digits", "--batch_size=64")


@pytest.fixture
def received(monkeypatch, tmp_path):
    """A function that returns the data set that the job hands to its trainer under some flags."""

    def receive(*arguments):
        found = []

        def note(loop, task, dataset):
            found.append(dataset)
            raise ConfigError("seen enough")

        monkeypatch.setattr(RunLoop, "_trainer_of", note)
        assert main([*TINY, f"--output_dir={tmp_path}", *arguments]) == 2
        return found[0]

    return receive


@pytest.mark.parametrize("limit", [(), ("--limit_train_images=200",), ("--smoke",)])
def test_three_splits_share_no_image(received, limit):
    dataset = received(*limit)
    assert find_duplicates(dataset.train, dataset.validation) == ()
    assert find_duplicates(dataset.train, dataset.test) == ()
    assert find_duplicates(dataset.validation, dataset.test) == ()


@pytest.mark.parametrize("limit", [(), ("--limit_train_images=200",)])
def test_training_on_all_images_leaves_the_test_split_alone(received, limit):
    dataset = received("--train_on=all", *limit)
    assert dataset.validation is None
    assert dataset.test.num_images == 300
    assert find_duplicates(dataset.train, dataset.test) == ()


def test_limited_training_keeps_the_splits_to_evaluate_on(received):
    whole, limited = received(), received("--limit_train_images=200")
    assert limited.train.num_images == 200
    assert len(find_duplicates(limited.train, whole.train)) == 200
    for split in ("validation", "test"):
        assert (getattr(limited, split).images == getattr(whole, split).images).all()


def test_steps_see_images_of_the_training_split_only(monkeypatch, tmp_path):
    seen, owners = set(), []
    batches = trainer.Trainer._batches

    def noted(self, *arguments):
        owners.append(self._dataset)
        for batch in batches(self, *arguments):
            seen.update(image.tobytes() for image in batch[0])
            yield batch

    monkeypatch.setattr(trainer.Trainer, "_batches", noted)
    arguments = ("--epochs=2", "--limit_train_images=256", "--notensorboard")
    assert main([*TINY, f"--output_dir={tmp_path}", *arguments]) == 0
    splits = {
        name: {image.tobytes() for image in getattr(owners[0], name).images}
        for name in ("train", "validation", "test")
    }
    assert seen == splits["train"]
    assert not seen & (splits["validation"] | splits["test"])
