"""Studies, their scales and where their data are."""

from fractions import Fraction

import pytest
import study_cases

from nasbench_templates.data.data_folders import DataFolders
from nasbench_templates.papers import paper_networks
from nasbench_templates.papers.study import StudyData, grid_runs
from nasbench_templates.support.errors import ConfigError


def test_full_scale_reduces_nothing_and_small_says_what():
    with pytest.raises(ConfigError, match="reductions below full scale"):
        study_cases.study(reductions=())
    with pytest.raises(ConfigError, match="none at full"):
        study_cases.study(scale="full")


def test_smoke_is_base_and_last_template_of_one_seed_for_one_epoch():
    smoke = study_cases.study(("base", "b", "a"), (3, 4)).smoke()
    assert [(run.network.template, run.seed) for run in smoke.runs] == [("base", 3), ("a", 3)]
    assert {(run.config.epochs, run.config.batch_size) for run in smoke.runs} == {(1, 16)}
    assert "figures mean nothing" in smoke.reductions[-1]


def test_grid_is_models_by_templates_by_seeds_for_the_images_of_the_data():
    data = StudyData("cifar100", 64)
    runs = grid_runs(
        paper_networks.redistributed, ("vgg19", "mobilenet_v1"), ("base", "uniform"), data,
        study_cases.CONFIG, (5, 7), width_multiplier=Fraction(1, 8), variant="x0.125",
    )  # fmt: skip
    assert [run.label for run in runs[:3]] == [
        "cifar100-vgg19-base-x0.125-seed5",
        "cifar100-vgg19-base-x0.125-seed7",
        "cifar100-vgg19-uniform-x0.125-seed5",
    ]
    assert len(runs) == 8
    assert {run.network.settings.num_classes for run in runs} == {100}
    assert {run.network.match.width_multiplier for run in runs} == {Fraction(1, 8)}


def test_data_are_limited_after_validation_joined_training():
    dataset = study_cases.DIGITS.request(None).load()
    assert dataset.num_images == (128, 0, 128)
    with_validation = StudyData("digits", 100, is_validation_trained_on=False).request(None)
    assert with_validation.load().num_images == (100, 300, 300)


@pytest.mark.parametrize(
    ("data", "images"),
    [
        (StudyData("cifar10"), (50_000, 0, 10_000)),
        (StudyData("cifar10", is_validation_trained_on=False), (40_000, 10_000, 10_000)),
        (StudyData("mnist"), (60_000, 0, 10_000)),
        (StudyData("imagenet"), (1_281_167, 0, 50_000)),
        (StudyData("fashion_mnist", 2000, 5000), (2000, 0, 5000)),
    ],
)
def test_numbers_of_images_are_known_before_any_is_read(data, images):
    assert data.num_images == images


def test_fewer_test_than_training_images_are_refused():
    with pytest.raises(ConfigError, match=r"no lower than .* received 50 and 100"):
        StudyData("digits", 100, 50)


def test_folders_are_found_by_name_below_the_root_or_each_on_its_own(tmp_path):
    (tmp_path / "mnist").mkdir()
    own = tmp_path / "jpegs"
    own.mkdir()
    folders = DataFolders.parse([str(tmp_path), f"cifar10={own}"])
    assert folders.of("mnist") == str(tmp_path / "mnist")
    assert folders.of("cifar10") == str(own)
    assert folders.of("cifar100") == str(tmp_path)
    assert DataFolders.parse([]).of("digits") is None


def test_missing_folders_and_two_roots_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="cifar10: expected a folder"):
        DataFolders.parse([f"cifar10={tmp_path}/none"]).of("cifar10")
    with pytest.raises(ConfigError, match="as one folder"):
        DataFolders.parse(["/a", "/b"])


def test_notes_are_those_of_the_runs_also_of_a_smoke_run():
    notes = {"": "always", "digits": "of the set", "vgg19": "of another", "vgg19 digits": "of both",
             "nasbench101:resnet digits": "of this pair"}  # fmt: skip
    study = study_cases.study(notes=notes)
    assert study.applicable_notes == ("always", "of the set", "of this pair")
    assert study.smoke().applicable_notes == study.applicable_notes


@pytest.mark.parametrize("part", ["~nosuchuser/x", "digits=~nosuchuser/x"])
def test_a_home_that_nobody_has_is_refused(part):
    with pytest.raises(ConfigError, match="~nosuchuser/x: expected a home folder"):
        DataFolders.parse([part]).of("digits")
