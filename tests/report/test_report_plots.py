"""Plots and page of a report, for the tables that each kind of study script writes."""

import pytest

from nasbench_templates.papers import (
    filter_size_rows,
    outputs,
    paper_networks,
    resource_study,
    score_table,
)
from nasbench_templates.papers.filter_size_networks import ROWS
from nasbench_templates.papers.filter_size_trainings import NetworkScale, Trained
from nasbench_templates.papers.published import Figures
from nasbench_templates.papers.registered import studies
from nasbench_templates.papers.runner import StudyOutcome
from nasbench_templates.papers.study import StudyData, StudyRun, TrainingStudy
from nasbench_templates.report import collection, page, page_plots
from nasbench_templates.report.result_tables import ResultTable
from nasbench_templates.training.config import TrainConfig

pytest.importorskip("plotly")


def filter_sizes():
    """Returns the table of two rows that are trained and one that is not."""
    scale = NetworkScale(32, 4, "shared", (8, 8, 1), 10)
    trained = {
        row: {
            0: Trained(None, scale.built(dict(row.options)).graph, {"test_accuracy": score}, {}, ())
        }
        for row, score in zip(ROWS, (0.5, 0.75), strict=False)
    }
    rows = filter_size_rows.table_rows(ROWS[:3], scale, trained, Figures([]))
    return filter_size_rows.result_table(rows, ("small",))


def scores():
    """Returns the table of a training study of two templates."""
    data, config = StudyData("digits"), TrainConfig(1, 8, "sgd", 0.1)
    runs = [
        StudyRun(paper_networks.classifier("mobilenet_v2", template), data, config, 0)
        for template in ("base", "c")
    ]
    study = TrainingStudy("tiny", "Tiny study", "full", tuple(runs), ())
    result = {"test_accuracy": 0.5, "latency_ms": 2.0, "train_seconds": 1.0}
    made = [StudyOutcome(run, run.network.plan(), result) for run in runs]
    return score_table.score_table(study, score_table.score_rows(study, made, Figures([])), {})


def measured_resources():
    """Returns the table of a study that trains nothing."""
    row = {
        "peak_memory_bytes": 4e7, "peak_memory_kind": "resident", "peak_activation_bytes": 5,
        "macs": 7, "latency_ms": 2.0, "images_per_second": 100.0, "batch_size": 8, "repeats": 30,
        "batch_repeats": 30,
        "trainable_params": 9, "device": "cpu", "backend": "tensorflow",
    }  # fmt: skip
    chosen = studies.get("resources").work.networks(True)
    rows = resource_study.compared_rows([(each, row) for each in chosen], Figures([]), "myth", "1")
    return resource_study.resource_table("Resources", rows, ["small"])


@pytest.mark.parametrize(
    ("made", "names"),
    [(filter_sizes, ["no pooling", "predefined pooling"]), (scores, ["base", "c"]),
     (measured_resources, None)],
)  # fmt: skip
def test_every_kind_of_study_makes_a_page(tmp_path, made, names):
    table = made()
    about = {"study": "s", "command": "python s.py", "scale": "small"}
    outputs.write(tmp_path, table, about)
    text = page.render(collection.collect(tmp_path), "Results")
    assert text.count("Plotly.newPlot(") >= (names is not None)
    drawn = [[trace.name for trace in each.data] for each in page_plots.accuracy_figures(table)]
    assert drawn == ([] if names is None else [names])


def test_points_without_templates_stand_at_their_parameters():
    table = filter_sizes()
    (figure,) = page_plots.accuracy_figures(table)
    # A narrow page would cut the table's title, which stands above the figure.
    assert figure.layout.title.text == "table 1"
    assert figure.layout.xaxis.title.text == "parameters"
    assert [(trace.x, trace.y) for trace in figure.data] == [
        ((row["params"],), (accuracy,))
        for row, accuracy in zip(table.rows, (50.0, 75.0), strict=False)
    ]


def test_smoke_studies_are_not_drawn(tmp_path):
    table = scores()
    for scale, count in (("small", 1), ("smoke", 0)):
        outputs.write(tmp_path, table, {"study": "s", "command": "c", "scale": scale})
        (study,) = collection.collect(tmp_path).studies
        assert len(page_plots.accuracy_figures(study.tables[0])) == count


def test_smoke_runs_are_not_drawn_and_settings_have_figures_of_their_own():
    row = {"dataset": "digits", "network": "vgg19", "template": "base", "params": 7}
    rows = (
        {**row, "setting": 1, "test_accuracy_percent": 90.0},
        {**row, "setting": 2, "test_accuracy_percent": 50.0},
        {**row, "setting": 3, "test_accuracy_percent": 10.0, "smoke": True},
    )
    found = page_plots.accuracy_figures(ResultTable("t", (), rows))
    assert [(each.layout.title.text, each.data[0].y) for each in found] == [
        ("digits, vgg19, setting 1", (90.0,)), ("digits, vgg19, setting 2", (50.0,)),
    ]  # fmt: skip
