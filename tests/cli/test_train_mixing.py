"""The job `train` on a network with learned shares, under a template."""

import json

from nasbench_templates.__main__ import main


def test_shares_are_trained_apart_and_the_widths_follow_the_template(tmp_path, capsys):
    status = main(
        [
            "train", "--model=multires", "--model_options=depth=4,channels=4", "--template=d",
            "--n_min=2", "--dataset=digits", "--recipe=filter_size_bilevel", "--augmentation=none",
            "--batch_size=32", "--smoke", f"--output_dir={tmp_path}", "--format=json",
        ]
    )  # fmt: skip
    (result,) = json.loads(capsys.readouterr().out)
    assert status == 0
    assert result["filters"] == [2, 8, 2]
    # 9 * (1 * 2 + 2 * 8 + 8 * 2) weights, 2 * 12 of batch norm, 2 * 4 logits, a classifier.
    assert result["trainable_params"] == 9 * 34 + 24 + 8 + 30
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    assert config["training"]["mixing"]["learning_rate"] == 1e-4
    assert (tmp_path / "model.keras").is_file()
