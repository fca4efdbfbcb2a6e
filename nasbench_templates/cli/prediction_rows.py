"""Predictions as rows of `predict`, in each of its forms."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import numpy as np

from nasbench_templates.cli import output


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """The likeliest classes of every image.

    Attributes:
        classes: class names.
        top: class numbers, the likeliest first, `(images, k)`.
        probabilities: theirs, 0..1, `(images, k)`.
        files: of the images; `None`: they are numbered.
        labels: the true class numbers, `(images,)`; `None`: not known.
    """

    classes: Sequence[str]
    top: np.ndarray
    probabilities: np.ndarray
    files: Sequence[str] | None = None
    labels: np.ndarray | None = None

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yields a row for each image; `top` holds the likeliest classes with probabilities."""
        for number, (classes, probabilities) in enumerate(
            zip(self.top.tolist(), self.probabilities.tolist(), strict=True)
        ):
            place = {"row": number} if self.files is None else {"file": self.files[number]}
            label = {} if self.labels is None else {"label": self.classes[self.labels[number]]}
            top = [
                {"class": self.classes[position], "probability": probability}
                for position, probability in zip(classes, probabilities, strict=True)
            ]
            yield {
                **place,
                **label,
                "prediction": top[0]["class"],
                "probability": top[0]["probability"],
                "top": top,
            }


def make_predictions(
    log_probabilities: np.ndarray,
    classes: Sequence[str],
    top_k: int,
    files: Sequence[str] | None = None,
    labels: np.ndarray | None = None,
) -> Predictions:
    """Returns the `top_k` likeliest classes, or all where there are fewer.

    Of equally likely classes the first comes first.

    Args:
        log_probabilities: `(images, classes)`.
        classes: class names.
        top_k: at least 1.
        files: see `Predictions`.
        labels: see `Predictions`.
    """
    top = np.argsort(-log_probabilities, axis=1, kind="stable")[:, :top_k]
    probabilities = np.exp(np.take_along_axis(log_probabilities, top, axis=1))
    return Predictions(classes, top, probabilities, files, labels)


def write(predictions: Predictions, form: str, file: TextIO) -> None:
    """Writes all rows in one of the forms table, json, csv and jsonl."""
    if form == "jsonl":
        file.writelines(json.dumps(row) + "\n" for row in predictions.rows())
    elif form == "json":
        file.write(output.render_json(list(predictions.rows())) + "\n")
    elif form == "csv":
        file.write(output.render_csv(list(map(_csv_row, predictions.rows()))) + "\n")
    else:
        file.write(output.render_table(list(map(_table_row, predictions.rows()))) + "\n")


def _csv_row(row: dict[str, Any]) -> dict[str, Any]:
    top = row["top"]
    others = {
        name: value
        for rank, each in enumerate(top[1:], 2)
        for name, value in ((f"class_{rank}", each["class"]),
                            (f"probability_{rank}", each["probability"]))
    }  # fmt: skip
    return {**_without_top(row), **others}


def _table_row(row: dict[str, Any]) -> dict[str, Any]:
    next_best = [f"{each['class']} {each['probability']:.4f}" for each in row["top"][1:]]
    shown = {**_without_top(row), "probability": f"{row['probability']:.4f}"}
    return {**shown, "next": ", ".join(next_best)} if next_best else shown


def _without_top(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "top"}
