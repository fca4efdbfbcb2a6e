"""Rows and table of a study, from made-up results."""

import dataclasses
from fractions import Fraction

import pytest
import study_cases

from nasbench_templates.design.settings import MatchSettings
from nasbench_templates.papers import figure_panels, score_table
from nasbench_templates.papers.paper_networks import SCALED_BASE
from nasbench_templates.papers.published import Figure, Figures
from nasbench_templates.papers.runner import StudyOutcome
from nasbench_templates.report.result_tables import to_markdown

PUBLISHED = Figures([
    Figure("p", "f.txt", "6", "r", "c", "nasbench101:resnet", "b", "digits", "accuracy_percent",
           "95.44", 0.1, None),
])  # fmt: skip


def outcomes(accuracies, seeds):
    study = study_cases.study(tuple(accuracies), seeds, published=(("p", "6"),))
    values = iter(value for each in accuracies.values() for value in each)
    made = []
    for run in study.runs:
        value = next(values)
        result = value and {"test_accuracy": value, "latency_ms": 2.0, "train_seconds": 1.0}
        made.append(StudyOutcome(run, run.network.plan(), result))
    return study, made


def rows_of(accuracies, seeds=(0, 1, 2)):
    study, made = outcomes(accuracies, seeds)
    return study, made, score_table.score_rows(study, made, PUBLISHED)


def test_difference_is_taken_seed_by_seed():
    _, _, (base, other) = rows_of({"base": (0.90, 0.80, 0.70), "b": (0.91, 0.811, 0.709)})
    assert base["difference"] is None
    assert base["test_accuracy_percent"] == pytest.approx(80)
    assert base["test_accuracy_std"] == pytest.approx(10)
    assert other["difference"] == pytest.approx(1)
    assert other["verdict"] == "higher"


def test_seeds_without_a_result_are_left_out_of_the_pairs():
    _, _, (_, other) = rows_of({"base": (0.9, None, 0.7), "b": (0.8, 0.1, 0.8)})
    assert other["seeds"] == 3
    assert other["difference"] == pytest.approx(0)  # -10 and +10, without the seed in the middle
    assert other["verdict"] == "open"


def test_operations_are_in_percent_of_the_base_that_accuracies_are_compared_with():
    study = study_cases.study(("base", "b"), (0, 1, 2))
    narrow = MatchSettings(width_multiplier=Fraction(1, 2))
    runs = tuple(
        dataclasses.replace(
            run,
            network=dataclasses.replace(run.network, applied=SCALED_BASE, match=narrow),
        )
        if run.network.template == "base"
        else run
        for run in study.runs
    )
    study = dataclasses.replace(study, runs=runs)
    made = [StudyOutcome(run, run.network.plan(), None) for run in study.runs]
    base, other = score_table.score_rows(study, made, PUBLISHED)
    assert base["macs_percent_of_base"] == 100
    assert other["macs_percent_of_base"] == pytest.approx(100 * other["macs"] / base["macs"])
    assert made[0].network.macs_percent_of_base < 50  # of the published widths


def test_one_seed_makes_no_claim_at_all():
    study, _, rows = rows_of({"base": (0.9,), "b": (0.95,)}, seeds=(0,))
    assert rows[1]["verdict"] is None
    assert "**95.00" not in to_markdown(
        score_table.score_table(study, rows, {"digits": "embedded"})
    )


def test_published_stands_beside_measured():
    study, _, rows = rows_of({"base": (0.9, 0.9, 0.9), "b": (0.95, 0.95, 0.95)})
    assert rows[0]["published_accuracy_percent"] is None
    assert (rows[1]["published_accuracy_percent"], rows[1]["published_std"]) == (95.44, 0.1)
    assert "| 95.44 ± 0.10 | **95.00 ± 0.00** |" in to_markdown(
        score_table.score_table(study, rows, {"digits": "embedded"})
    )


def test_reductions_come_first_in_the_notes():
    assert "digits only" in score_table.notes(study_cases.study())[0]


def test_panels_show_the_spread_and_cross_at_the_base():
    _, made, rows = rows_of({"base": (0.90, 0.80, 0.70), "b": (0.91, 0.81, 0.71)})
    panels = figure_panels.accuracy_panels(rows, made)
    assert len(panels) == 3  # parameters, activations, inference time
    (point,) = panels[0].series["b"]
    assert (point.y, point.low, point.high) == pytest.approx((81, 71, 91))
    assert panels[0].crossing == (rows[0]["trainable_params"] / 1e6, pytest.approx(80))
    # An interrupted study has accuracies before its networks are timed.
    untimed = [{**row, "latency_ms": None} for row in rows]
    assert len(figure_panels.accuracy_panels(untimed, made)) == 2


@pytest.mark.parametrize(("variants", "crossing"), [(("", "x1"), ""), (("x2", "x1"), "x1")])
def test_curves_cross_at_the_base_of_its_own_or_at_the_reference(variants, crossing):
    first = study_cases.study(("base",), (0, 1, 2))
    runs = tuple(
        dataclasses.replace(run, variant=variant) for variant in variants for run in first.runs
    )
    study = dataclasses.replace(first, runs=runs)
    made = [
        StudyOutcome(run, run.network.plan(), {
            "test_accuracy": 0.5 + 0.1 * variants.index(run.variant), "latency_ms": 2.0,
            "train_seconds": 1.0,
        })
        for run in runs
    ]  # fmt: skip
    rows = score_table.score_rows(study, made, PUBLISHED)
    panel = figure_panels.accuracy_panels(rows, made, is_curve=True, reference="x1")[0]
    unfinished = [{**row, "test_accuracy_percent": None} if not row["variant"] else row
                  for row in rows]  # fmt: skip
    open_panel = figure_panels.accuracy_panels(unfinished, made, is_curve=True, reference="x1")[0]
    assert (open_panel.crossing is None) == (crossing == "")
    assert panel.crossing[1] == pytest.approx(50 + 10 * variants.index(crossing))


def test_curves_follow_the_multipliers_whatever_was_measured():
    first = study_cases.study(("base",), (0, 1, 2))
    variants = ("x1", "x0.5", "x0.25")
    runs = tuple(
        dataclasses.replace(run, variant=variant) for variant in variants for run in first.runs
    )
    made = [
        StudyOutcome(run, run.network.plan(), {
            "test_accuracy": 0.5, "train_seconds": 1.0, "device": "cpu",
            "latency_ms": {"x1": 3.0, "x0.5": 3.5, "x0.25": 2.5}[run.variant],
        })
        for run in runs
    ]  # fmt: skip
    rows = score_table.score_rows(dataclasses.replace(first, runs=runs), made, PUBLISHED)
    latency = figure_panels.accuracy_panels(rows, made, is_curve=True, reference="x1")[2]
    assert [point.x for point in latency.series["base"]] == [3.0, 3.5, 2.5]


def test_variants_without_a_base_are_compared_with_the_published_one_and_drawn_apart():
    first = study_cases.study(("base", "b"), (0, 1, 2))
    plain = tuple(
        dataclasses.replace(run, variant="plain_rule")
        for run in first.runs
        if run.network.template == "b"
    )
    study = dataclasses.replace(first, runs=(*first.runs, *plain))
    values = iter(3 * (0.9,) + 3 * (0.8,) + 3 * (0.85,))
    made = [
        StudyOutcome(run, run.network.plan(), {
            "test_accuracy": next(values), "latency_ms": 2.0, "train_seconds": 1.0,
        })
        for run in study.runs
    ]  # fmt: skip
    rows = score_table.score_rows(study, made, PUBLISHED)
    assert rows[2]["difference"] == pytest.approx(-5)
    table = to_markdown(score_table.score_table(study, rows, {}))
    assert "**90.00" in table
    assert "**85.00" not in table
    assert list(figure_panels.accuracy_panels(rows, made)[0].series) == [
        "base",
        "b",
        "b plain_rule",
    ]


def test_inference_on_different_devices_has_no_mean():
    study, made = outcomes({"base": (0.9, 0.8, 0.7)}, (0, 1, 2))
    made = [
        dataclasses.replace(each, result={**each.result, "device": device})
        for each, device in zip(made, ("cpu", "cpu", "gpu"), strict=True)
    ]
    (row,) = score_table.score_rows(study, made, PUBLISHED)
    assert row["latency_ms"] is None
    assert row["train_seconds"] is None


def test_rows_of_different_devices_name_them_and_none_is_fastest():
    study, made = outcomes({"base": (0.9, 0.8, 0.7), "b": (0.9, 0.8, 0.7)}, (0, 1, 2))
    made = [
        dataclasses.replace(each, result={**each.result, "device": device, "latency_ms": time})
        for each, (device, time) in zip(made, 3 * [("cpu", 9.0)] + 3 * [("gpu", 1.0)], strict=True)
    ]
    rows = score_table.score_rows(study, made, PUBLISHED)
    table = to_markdown(score_table.score_table(study, rows, {}))
    assert "| 1.00 | gpu |" in table
    panels = figure_panels.accuracy_panels(rows, made)
    assert len(panels) == 2  # none of inference


def test_images_are_told_with_what_they_were_read_from():
    study, _, rows = rows_of({"base": (0.9, 0.9, 0.9)})
    note = score_table.score_table(study, rows, {"cifar10": "shards (JPEG)"}).note
    assert note.endswith("Images read: cifar10 from shards (JPEG).")


def test_corrected_intervals_are_wider_and_hold_for_all_templates():
    accuracies = {
        "base": (0.80, 0.81, 0.82),
        "a": (0.81, 0.83, 0.84),
        "b": (0.85, 0.861, 0.869),
    }
    study, made, alone = rows_of(accuracies)
    corrected = score_table.score_rows(
        dataclasses.replace(study, is_corrected=True), made, PUBLISHED
    )
    assert corrected[0] == alone[0]
    assert corrected[2]["difference"] == alone[2]["difference"]
    assert corrected[2]["difference_low"] < alone[2]["difference_low"]
    assert corrected[2]["verdict"] == "higher"
    notes = " ".join(score_table.notes(dataclasses.replace(study, is_corrected=True)))
    assert "Holm" in notes
    assert "not corrected" not in notes
