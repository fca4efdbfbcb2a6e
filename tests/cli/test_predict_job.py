"""The job `predict`, called as a user calls it."""

import contextlib
import csv
import io
import json
import os
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest

from nasbench_templates.__main__ import main
from nasbench_templates.data.loading import load_dataset

CELL = (
    '{"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["input", "conv3x3-bn-relu", "output"]}'
)
TRAIN = (
    "train", f"--cell={CELL}", "--stem_filters=4", "--num_modules_per_stack=1", "--dataset=digits",
    "--epochs=3", "--batch_norm_momentum=0.8",
)  # fmt: skip
DIGITS = tuple("0123456789")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a run that classifies most digits."""
    folder = tmp_path_factory.mktemp("runs") / "digits"
    with contextlib.redirect_stdout(io.StringIO()):
        assert main([*TRAIN, f"--output_dir={folder}"]) == 0
    return folder


@pytest.fixture
def copied(trained, tmp_path):
    """A copy of that folder, to damage."""
    return shutil.copytree(trained, tmp_path / "copied")


@pytest.fixture
def call(capsys):
    def run(*argv):
        status = main(["predict", *argv])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """The first digits of the test split as images of the network's size, pixels 0..16."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("pictures")
    test = load_dataset("digits", None).test
    for row in range(3):
        Image.fromarray(test.images[row, :, :, 0]).save(folder / f"{row}.png")
    return folder


def rows(text):
    return [json.loads(line) for line in text.splitlines()]


def result(folder):
    return json.loads((folder / "result.json").read_text())


def test_accuracy_on_the_test_split_is_that_of_the_run(call, trained):
    status, out, err = call(f"--run={trained}", "--dataset=digits", "--format=jsonl")
    predicted = rows(out)
    correct = sum(row["prediction"] == row["label"] for row in predicted)
    assert status == 0
    assert len(predicted) == 300
    assert correct / 300 == result(trained)["test_accuracy"] > 0.3
    assert f"({correct} of 300 images)" in err


def test_accuracy_on_the_validation_split_is_that_of_the_run(call, trained):
    _, out, _ = call(f"--run={trained}", "--dataset=digits", "--split=validation", "--format=jsonl")
    correct = sum(row["prediction"] == row["label"] for row in rows(out))
    assert correct / 300 == result(trained)["val_accuracy"]


def test_cross_entropy_is_the_mean_of_the_true_classes(call, trained):
    _, out, err = call(f"--run={trained}", "--dataset=digits", "--top_k=10", "--format=jsonl")
    losses = [
        -np.log(next(each["probability"] for each in row["top"] if each["class"] == row["label"]))
        for row in rows(out)
    ]
    assert f"mean cross entropy {np.mean(losses):.6f} nats" in err


def test_rows_keep_the_contract(call, trained):
    _, out, _ = call(f"--run={trained}", "--dataset=digits", "--top_k=3", "--format=json")
    for number, row in enumerate(json.loads(out)):
        assert list(row) == ["row", "label", "prediction", "probability", "top"]
        assert row["row"] == number
        assert row["top"][0] == {"class": row["prediction"], "probability": row["probability"]}
        probabilities = [each["probability"] for each in row["top"]]
        assert len(probabilities) == 3
        assert probabilities == sorted(probabilities, reverse=True)


def test_all_classes_at_most_and_their_probabilities_add_up(call, trained):
    _, out, _ = call(f"--run={trained}", "--dataset=digits", "--top_k=99", "--format=jsonl")
    for row in rows(out):
        assert sorted(each["class"] for each in row["top"]) == list(DIGITS)
        assert sum(each["probability"] for each in row["top"]) == pytest.approx(1)


def test_image_files_give_what_the_same_pixels_of_a_data_set_give(call, trained, pictures):
    _, of_split, _ = call(f"--run={trained}", "--dataset=digits", "--format=jsonl")
    status, of_files, _ = call(f"--run={trained}", f"--images={pictures}", "--format=jsonl")
    assert status == 0
    predicted = rows(of_files)
    assert [row["file"] for row in predicted] == [f"{pictures}/{n}.png" for n in range(3)]
    for file_row, split_row in zip(predicted, rows(of_split)[:3], strict=True):
        assert file_row["prediction"] == split_row["prediction"]
        # Another batch size may round otherwise.
        assert file_row["probability"] == pytest.approx(split_row["probability"], abs=1e-5)


def test_files_come_in_the_order_given(call, trained, pictures):
    images = f"{pictures}/2.png,{pictures}/0.png"
    _, out, _ = call(f"--run={trained}", f"--images={images}", "--format=jsonl")
    assert [row["file"] for row in rows(out)] == images.split(",")


def test_large_colour_images_are_scaled_cut_and_made_grey(call, trained, tmp_path):
    from PIL import Image

    wide = Image.new("RGB", (40, 16), "white")
    wide.paste((20, 0, 0), (8, 0, 32, 16))  # of which the square in the middle is left
    wide.save(tmp_path / "1_wide.png")
    Image.new("L", (8, 8), 6).save(tmp_path / "2_grey.png")  # 20 * 0.299
    Image.new("L", (8, 8), 9).save(tmp_path / "3_other.png")
    _, out, _ = call(f"--run={trained}", f"--images={tmp_path}", "--format=jsonl")
    wide, grey, other = rows(out)
    assert wide["top"] == grey["top"] != other["top"]


def test_csv_has_a_column_for_each_class_and_probability(call, trained, pictures):
    _, out, _ = call(f"--run={trained}", f"--images={pictures}", "--top_k=2", "--format=csv")
    table = list(csv.DictReader(io.StringIO(out)))
    assert list(table[0]) == ["file", "prediction", "probability", "class_2", "probability_2"]
    assert len(table) == 3
    assert float(table[0]["probability"]) >= float(table[0]["probability_2"])


def test_table_with_one_class_has_no_column_for_others(call, trained, pictures):
    _, out, _ = call(f"--run={trained}", f"--images={pictures}", "--top_k=1")
    assert out.splitlines()[0].split() == ["file", "prediction", "probability"]
    assert len(out.splitlines()) == 2 + 3


def test_output_is_written_to_a_file(call, trained, pictures, tmp_path):
    target = tmp_path / "new" / "rows.jsonl"
    arguments = (f"--run={trained}", f"--images={pictures}", "--format=jsonl")
    _, printed, _ = call(*arguments)
    status, out, _ = call(*arguments, f"--output={target}")
    assert (status, out) == (0, "")
    assert target.read_text() == printed
    assert [path.name for path in target.parent.iterdir()] == ["rows.jsonl"]


@pytest.fixture
def faulty(pictures, tmp_path):
    """A folder with one good image, one cut short, an empty one and one that is none."""
    folder = tmp_path / "faulty"
    folder.mkdir()
    shutil.copy(pictures / "0.png", folder / "good.png")
    (folder / "cut.png").write_bytes((pictures / "0.png").read_bytes()[:60])
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("text")
    return folder


def test_unreadable_images_are_all_named_before_any_prediction(call, trained, faulty):
    images = f"--images={faulty},{faulty}/missing.png"
    status, out, err = call(f"--run={trained}", images)
    assert (status, out) == (1, "")
    (line,) = [line for line in err.splitlines() if "error:" in line]
    assert "4 of 5 images are unusable" in line
    assert all(f"{faulty}/{name}.png: " in line for name in ("cut", "empty", "text", "missing"))
    assert "good.png" not in line


def test_unreadable_images_are_skipped_and_reported(call, trained, faulty):
    status, out, err = call(
        f"--run={trained}", f"--images={faulty}", "--on_error=skip", "--format=jsonl"
    )
    assert status == 0
    assert [row["file"] for row in rows(out)] == [f"{faulty}/good.png"]
    assert all(f"skipped: {faulty}/{name}.png: " in err for name in ("cut", "empty", "text"))
    assert "skipped 3 of 4 images" in err


def test_nothing_left_after_skipping_fails(call, trained, faulty):
    (faulty / "good.png").unlink()
    status, _, err = call(f"--run={trained}", f"--images={faulty}", "--on_error=skip")
    assert status == 1
    assert "3 of 3 images are unusable" in err


def test_folder_without_images_fails(call, trained, tmp_path):
    status, _, err = call(f"--run={trained}", f"--images={tmp_path}")
    assert status == 1
    assert f"{tmp_path}: expected image files" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected --images=... or --dataset=..., received neither"),
        (("--images=a.png", "--dataset=digits"), "received both"),
        (("--dataset=digits",), "expected the folder of a finished run"),
        (("--dataset=digits", "--run=/nowhere"), "/nowhere: expected the folder of a run"),
        (("--dataset=digits", "extra"), "expected flags only, received 'extra'"),
    ],
)
def test_wrong_usage(call, arguments, message):
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_data_set_of_another_shape_is_refused(call, trained, tmp_path):
    status, _, err = call(f"--run={trained}", "--dataset=mnist", f"--data_dir={tmp_path}")
    assert status == 2
    assert "mnist: expected images of shape (8, 8, 1) as in the run, received (28, 28, 1)" in err


def test_data_set_of_other_classes_is_refused(call, copied):
    file = copied / "architecture.json"
    content = json.loads(file.read_text())
    content["classes"][0] = "zero"
    file.write_text(json.dumps(content))
    status, _, err = call(f"--run={copied}", "--dataset=digits")
    assert status == 2
    assert "expected the run's 10 classes zero, 1, 2 and 7 more; received 10: 0, 1, 2" in err


def test_unfinished_run_is_refused(call, copied):
    content = result(copied)
    content |= {"status": "interrupted", "reason": "SIGTERM"}
    (copied / "result.json").write_text(json.dumps(content))
    status, _, err = call(f"--run={copied}", "--dataset=digits")
    assert status == 1
    assert "expected a finished run, this one is interrupted (SIGTERM)" in err


def test_run_without_a_result_is_refused(call, copied):
    (copied / "result.json").unlink()
    status, _, err = call(f"--run={copied}", "--dataset=digits")
    assert status == 1
    assert "not finished: the same train command resumes it" in err


def test_damaged_description_is_refused(call, copied):
    (copied / "architecture.json").write_text("{")
    status, _, err = call(f"--run={copied}", "--dataset=digits")
    assert status == 1
    assert "architecture.json: expected classes and input_shape" in err


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.999])
def test_network_cut_short_is_refused(call, copied, share):
    content = (copied / "model.keras").read_bytes()
    (copied / "model.keras").write_bytes(content[: int(share * len(content))])
    check_refused(call(f"--run={copied}", "--dataset=digits"))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_network_with_a_flipped_bit_is_refused(call, copied, share):
    content = bytearray((copied / "model.keras").read_bytes())
    content[int(share * len(content))] ^= 1
    (copied / "model.keras").write_bytes(content)
    check_refused(call(f"--run={copied}", "--dataset=digits"))


def test_archive_that_is_no_network_is_refused(call, copied):
    import zipfile

    with zipfile.ZipFile(copied / "model.keras", "w") as archive:
        archive.writestr("text.txt", "text")
    check_refused(call(f"--run={copied}", "--dataset=digits"))


def test_missing_network_is_refused(call, copied):
    (copied / "model.keras").unlink()
    check_refused(call(f"--run={copied}", "--dataset=digits"))


def check_refused(answer):
    status, out, err = answer
    assert (status, out) == (1, "")
    lines = [line for line in err.splitlines() if line.startswith("nasbench-templates: error:")]
    assert len(lines) == 1
    assert "model.keras: expected" in lines[0]
    assert "Traceback" not in err


def test_network_of_other_classes_than_the_description_is_refused(call, copied, pictures):
    file = copied / "architecture.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps(content | {"classes": ["only", "two"]}))
    status, _, err = call(f"--run={copied}", f"--images={pictures}")
    assert status == 1
    assert "2 classes, received one for (8, 8, 1) and 10" in err


def test_warns_when_the_split_was_trained_on(call, copied):
    content = result(copied)
    (copied / "result.json").write_text(json.dumps(content | {"num_images": [1497, 0, 300]}))
    _, _, err = call(f"--run={copied}", "--dataset=digits", "--split=validation", "--top_k=1")
    assert "the run was trained on all images, the split validation among them" in err


@pytest.mark.slow
def test_either_backend_predicts_alike(call, trained):
    other = "jax" if keras.backend.backend() == "tensorflow" else "tensorflow"
    pytest.importorskip(other)
    arguments = (f"--run={trained}", "--dataset=digits", "--format=jsonl", "--top_k=1")
    _, here, _ = call(*arguments)
    done = subprocess.run(
        [sys.executable, "-m", "nasbench_templates", "predict", *arguments],
        env={**os.environ, "KERAS_BACKEND": other},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    there = [row["probability"] for row in rows(done.stdout)]
    np.testing.assert_allclose(there, [row["probability"] for row in rows(here)], atol=1e-4)


def test_help_tells_that_on_error_decides_for_images_too(call):
    _, out, _ = call("--help")
    assert "--images" in out.partition("--on_error=")[2].partition("\n  --")[0]
