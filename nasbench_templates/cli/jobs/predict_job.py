r"""Classify images with the network of a finished run.

--run names the folder that train wrote (or one of the folders below evaluate's --output_dir).
What is classified is one of
  --images   files, or folders with image files at any depth (JPEG, PNG, WebP, ...). An image of
             another size is scaled until it covers the network's input and cut to the centre; it
             becomes grey or RGB as the network needs. Pixels are 0..255. The digits are stored as
             0..16, so a network trained on them makes nothing of image files.
  --dataset  a split of a data set with the run's classes and image shape, read as train reads it.
             Accuracy and mean cross entropy follow on standard error; on the split test of the
             run's own data, read with the flags of its training, the accuracy is its test_accuracy.

A row for each image: its file or row number, the true class (label) where it is known, the
prediction with its probability (softmax), and the likeliest --top_k classes: in JSON as a list
`top` of class and probability, in CSV as class_2, probability_2 and so on.

A run on audio takes --dataset with the flags that train had for its clips; another --fold, which
holds clips that the run was trained on, or other features are refused.

Images that cannot be read end the job before anything is predicted, all of them named; with
--on_error=skip they are reported and left out.

Either KERAS_BACKEND, tensorflow or jax, predicts with a run of the other; probabilities then agree
to about 1e-4.

Exit status: 0 done; 1 unreadable images or data, an unfinished run, a damaged network; 2 usage,
also a folder that holds no run or a data set that does not fit it.

Try:
  nasbench-templates predict --run=results/vgg19_d --images=photos/ --top_k=3
  nasbench-templates predict --run=/tmp/digits --dataset=digits --output=digits.csv
"""

import contextlib
import pathlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from absl import flags, logging

from nasbench_templates.cli import output, prediction_rows, progress
from nasbench_templates.cli.flags import audio_flags, device_flag, path_flags, training_flags
from nasbench_templates.data import loading
from nasbench_templates.data.core import dataset as datasets
from nasbench_templates.data.core import notes
from nasbench_templates.data.formats.parquet_images import Columns
from nasbench_templates.data.images import unlabelled_images
from nasbench_templates.runs import finished_run
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError, DataError
from nasbench_templates.training import devices

if TYPE_CHECKING:
    from nasbench_templates.data.core.splits import AnySplit
    from nasbench_templates.training.scoring import Images

_SPLITS = ("validation", "test")
_ON_ERROR = (
    "what happens when --images are unreadable, or clips unreadable, empty, too short or wrongly "
    "sampled"
)


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    flags.DEFINE_string("run", None, "folder of a finished run", flag_values=flag_values)
    flags.DEFINE_list("images", [], "image files, or folders of them", flag_values=flag_values)
    training_flags.define_source_flags(flag_values, None)
    flags.DEFINE_enum(
        "split", "test", list(_SPLITS), "part of the data set", flag_values=flag_values
    )
    flags.DEFINE_integer(
        "top_k", 5, "classes to name for each image, at most as many as there are", lower_bound=1,
        flag_values=flag_values,
    )  # fmt: skip
    audio_flags.define_flags(flag_values, "a number", on_error=_ON_ERROR)
    device_flag.define_device_flag(flag_values)
    flags.DEFINE_string(
        "output", None, "file to write the rows to, instead of standard output",
        flag_values=flag_values,
    )  # fmt: skip
    output.define_format_flag(flag_values, "jsonl")


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Predicts and prints; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    if bool(flag_values.images) == bool(flag_values.dataset):
        received = "both" if flag_values.images else "neither"
        raise ConfigError(f"expected --images=... or --dataset=..., received {received}")
    if not flag_values["run"].value:
        raise ConfigError("expected the folder of a finished run, --run=..., received none")
    trained = finished_run.read(pathlib.Path(flag_values["run"].value))
    target = None if flag_values.output is None else path_flags.output_file(flag_values)
    progress.start_logging()
    devices.select(flag_values.device)
    devices.keras_backend()
    if flag_values.images:
        predictions = _predict_files(flag_values, trained)
    else:
        predictions = _predict_split(flag_values, trained)
    with files.replacing_text(target) if target else contextlib.nullcontext(sys.stdout) as file:
        prediction_rows.write(predictions, output.form(flag_values), file)
    return 0


def _predict_files(
    flag_values: flags.FlagValues, trained: finished_run.FinishedRun
) -> prediction_rows.Predictions:
    if trained.is_audio:
        raise ConfigError(
            "expected --dataset=... with the clips, since the run classifies audio features; "
            "received --images"
        )
    paths, remarks = unlabelled_images.find_files(flag_values.images)
    notes.log("images", remarks)
    images, faults = unlabelled_images.make_images(paths, trained.input_shape)
    if faults and (flag_values.on_error == "fail" or not images.num_images):
        raise DataError(
            f"{len(faults)} of {len(paths)} images are unusable: {'; '.join(faults)}"
            + ("; --on_error=skip leaves them out" if images.num_images else "")
        )
    for fault in faults:
        logging.warning("skipped: %s", fault)
    if faults:
        logging.warning("skipped %d of %d images", len(faults), len(paths))
    log_probabilities = _log_probabilities(trained, images)
    return prediction_rows.make_predictions(
        log_probabilities, trained.classes, flag_values.top_k, files=images.encoded.places
    )


def _predict_split(
    flag_values: flags.FlagValues, trained: finished_run.FinishedRun
) -> prediction_rows.Predictions:
    split = _split(flag_values, trained)
    if flag_values.split == "validation" and trained.has_trained_on_validation:
        logging.warning("the run was trained on all images, the split validation among them")
    log_probabilities = _log_probabilities(trained, split)
    from nasbench_templates.training import scoring

    loss, accuracy = scoring.score(log_probabilities, split.labels)
    count = split.num_images
    logging.info("%s, split %s: accuracy %.6f (%d of %d images), mean cross entropy %.6f nats",
                 flag_values.dataset, flag_values.split, accuracy, round(accuracy * count), count,
                 loss)  # fmt: skip
    return prediction_rows.make_predictions(
        log_probabilities, trained.classes, flag_values.top_k, labels=split.labels
    )


def _split(flag_values: flags.FlagValues, trained: finished_run.FinishedRun) -> "AnySplit":
    name, data_dir = flag_values.dataset, training_flags.data_folder(flag_values)
    size = None if trained.is_audio else _image_size(name, trained.input_shape)
    audio = audio_flags.audio_options(flag_values)
    columns = Columns(flag_values.image_column, flag_values.label_column)
    info = loading.find_info(name, data_dir, size, audio, columns)
    if info.is_audio != trained.is_audio:
        kinds = {True: "audio clips", False: "images"}
        raise ConfigError(
            f"{name}: expected {kinds[trained.is_audio]} as in the run, "
            f"received {kinds[info.is_audio]}"
        )
    shape = info.input_shape
    if shape != trained.input_shape:
        raise ConfigError(
            f"{name}: expected images of shape {trained.input_shape} as in the run, "
            f"received {shape}"
        )
    dataset = loading.load_found(info, data_dir)
    if dataset.classes != trained.classes:
        raise ConfigError(
            f"{name}: expected the run's {len(trained.classes)} classes "
            f"{notes.shorten(trained.classes)}; received {len(dataset.classes)}: "
            f"{notes.shorten(dataset.classes)}"
        )
    known = trained.result.get("data_source")
    if dataset.is_audio and known is not None and dataset.source != known:
        raise ConfigError(
            f"{name}: expected clips as the run had them ({known}), received others "
            f"({dataset.source}); give --fold and the other flags for clips as train had them"
        )
    chosen = dataset.validation if flag_values.split == "validation" else dataset.test
    if chosen is None:
        raise ConfigError(f"{name}: expected a validation split, the data set has none")
    return chosen


def _image_size(name: str, shape: tuple[int, int, int]) -> int | None:
    """Returns the size to ask for: the run's, of a set whose images may be resized."""
    is_fixed = name in datasets.datasets and datasets.datasets.get(name).adapt is None
    return None if is_fixed or shape[0] != shape[1] else shape[0]


def _log_probabilities(trained: finished_run.FinishedRun, images: "Images") -> np.ndarray:
    predict = finished_run.load_predictor(trained)
    logging.info("network: %s, template %s; device: %s", trained.result.get("model"),
                 trained.result.get("template"), devices.describe())  # fmt: skip
    from nasbench_templates.training import scoring

    with _bar(images.num_images) as on_batch:
        logits = scoring.predict_logits(predict, images, on_batch)
    if not np.isfinite(logits).all():
        raise DataError(
            f"{trained.folder.model}: expected finite outputs for every image, received others; "
            "the network's weights are damaged"
        )
    return scoring.log_probabilities(logits)


@contextlib.contextmanager
def _bar(total: int) -> Iterator[Callable[[int], object]]:
    import tqdm

    # disable=None: shown on a terminal only.
    with tqdm.tqdm(total=total, unit="image", dynamic_ncols=True, disable=None) as bar:
        yield bar.update
