"""Flags of audio data sets, and what they become."""

from pathlib import Path

import pytest
from absl import flags

from nasbench_templates.__main__ import main
from nasbench_templates.cli.flags import audio_flags
from nasbench_templates.data.audio.audio_options import AudioOptions
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.support.errors import ConfigError


def options(*arguments):
    values = flags.FlagValues()
    audio_flags.define_flags(values, "a number")
    values(["job", *arguments])
    return audio_flags.audio_options(values)


def test_nothing_chosen_is_the_default():
    assert options() == AudioOptions()


def test_every_choice_arrives():
    chosen = options(
        *("--fold=3", "--on_error=skip", "--feature_cache=/tmp/kept", "--features=mfcc"),
        *("--windows_ms=20,40", "--hops_ms=5,10", "--fft_ms=80", "--min_hz=50", "--max_hz=4000"),
        *("--frames_per_second=25", "--num_bands=64", "--num_coefficients=20"),
        *("--sample_rate_hz=16000", "--clip_seconds=2.5", "--min_seconds=1"),
    )
    assert chosen == AudioOptions(
        fold=3,
        on_error="skip",
        front_end=FrontEnd(
            kind="mfcc",
            windows_ms=(20.0, 40.0),
            hops_ms=(5.0, 10.0),
            fft_ms=80.0,
            num_bands=64,
            num_coefficients=20,
            min_hz=50.0,
            max_hz=4000.0,
            frames_per_second=25.0,
        ),
        sample_rate_hz=16_000,
        clip_seconds=2.5,
        min_seconds=1.0,
        cache_dir=Path("/tmp/kept"),
    )


def test_all_folds_begin_with_the_first():
    assert options("--fold=all").fold is None


def test_fold_that_is_no_number_is_refused():
    with pytest.raises(ConfigError, match="--fold as a number or all, received 'one'"):
        options("--fold=one")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "--model=resnet20", "--fold=2"), "digits: expected no folds, clips or features"),
        (("train", "--model=resnet20", "--fold=all"), "expected a data set with folds"),
        (("evaluate", "--cell=resnet", "--fold=all"), "all folds are for the job train"),
    ],
)
def test_folds_of_images_are_refused(arguments, message, tmp_path, capsys):
    assert main([*arguments, "--dataset=digits", f"--output_dir={tmp_path}"]) == 2
    assert message in capsys.readouterr().err
