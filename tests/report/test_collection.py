"""What a folder of results holds."""

import pytest
import result_folders

from nasbench_templates.papers import outputs
from nasbench_templates.report.collection import collect
from nasbench_templates.report.result_tables import Column, ResultTable, best_rows
from nasbench_templates.support.errors import DataError


def test_runs_are_summed_up_over_seeds_and_compared_with_the_base(tmp_path):
    result_folders.write_runs(tmp_path)
    rows = {row["template"]: row for row in collect(tmp_path).scores.rows}
    assert rows["base"]["test_accuracy_percent"] == pytest.approx(80)
    assert rows["base"]["test_accuracy_std"] == pytest.approx(10)
    assert rows["base"]["difference"] is None
    assert rows["b"]["difference"] == pytest.approx(1)
    assert rows["b"]["verdict"] == "higher"
    assert rows["c"]["verdict"] == "open"


def test_runs_of_other_settings_are_not_compared(tmp_path):
    result_folders.write_run(tmp_path, "base", 0, 0.9)
    result_folders.write_run(tmp_path, "b", 0, 0.9, training={"epochs": 200})
    rows = collect(tmp_path).scores.rows
    assert [row["setting"] for row in rows] == [1, 2]


def test_cells_with_the_same_widths_are_rows_and_settings_of_their_own(tmp_path):
    for cell, scores in (("best", (0.9, 0.8)), ("inception", (0.5, 0.7))):
        for template, score in zip(("base", "b"), scores, strict=True):
            for seed in range(3):
                result_folders.write_run(
                    tmp_path, template, seed, score + seed / 100 * (1 + (template == "b")),
                    network=f"nasbench101 {cell}", model="nasbench101",
                    graph_sha256=result_folders.sha256(cell),
                )  # fmt: skip
    rows = collect(tmp_path).scores.rows
    found = [(row["network"], row["template"], row["setting"], row["seeds"]) for row in rows]
    assert found == [
        ("nasbench101 best", "base", 1, 3), ("nasbench101 best", "b", 1, 3),
        ("nasbench101 inception", "base", 2, 3), ("nasbench101 inception", "b", 2, 3),
    ]  # fmt: skip
    assert [row["test_accuracy_percent"] for row in rows] == pytest.approx([91, 82, 51, 72])
    assert [row["difference"] for row in rows] == [None, pytest.approx(-9), None, pytest.approx(21)]


def test_graphs_of_one_name_are_not_averaged(tmp_path):
    # As a pruned network beside the whole one; without one base nothing is compared.
    for graph, seed in (("whole", 0), ("pruned", 1)):
        result_folders.write_run(
            tmp_path, "base", seed, 0.9, graph_sha256=result_folders.sha256(graph)
        )
    assert [row["seeds"] for row in collect(tmp_path).scores.rows] == [1, 1]


def test_base_with_a_graph_of_its_own_is_still_the_base(tmp_path):
    # ResNet-50's: `write_run` gives every template another graph.
    result_folders.write_runs(tmp_path)
    assert {row["setting"] for row in collect(tmp_path).scores.rows} == {1}


def test_networks_without_a_name_are_told_apart_by_their_graph(tmp_path):
    for template, graph in (("base", "1" * 64), ("b", "2" * 64)):
        folder = result_folders.write_run(tmp_path, template, 0, 0.9, graph_sha256=graph)
        (folder / "architecture.json").unlink()
    assert [row["network"] for row in collect(tmp_path).scores.rows] == [
        "vgg19 22222222", "vgg19 11111111",
    ]  # fmt: skip


def test_smoke_runs_stand_last_are_marked_and_not_compared(tmp_path):
    for seed in range(3):
        for template, score in (("base", 0.5), ("b", 0.6 + seed / 100)):
            result_folders.write_run(tmp_path / "a", template, seed, score, smoke=True)
    result_folders.write_run(tmp_path / "b", "base", 0, 0.9)
    scores = collect(tmp_path).scores
    assert [row["smoke"] for row in scores.rows] == [False, True, True]
    assert [row["verdict"] for row in scores.rows] == [None, None, None]
    assert scores.columns[0].title == "smoke"
    assert scores.note.startswith("Smoke runs")


def test_without_smoke_runs_nothing_is_said_of_them(tmp_path):
    result_folders.write_runs(tmp_path)
    scores = collect(tmp_path).scores
    assert "smoke" not in [column.key for column in scores.columns]
    assert "moke" not in scores.note


def test_unfinished_runs_count_in_no_mean_but_are_told(tmp_path):
    result_folders.write_run(tmp_path, "base", 0, 0.9)
    result_folders.write_run(tmp_path, "base", 1, 0.1, status="interrupted")
    found = collect(tmp_path)
    assert found.scores.rows[0]["seeds"] == 1
    assert [row["status"] for row in found.provenance.rows] == ["finished", "interrupted"]


def test_provenance_names_versions_device_seed_and_data(tmp_path):
    result_folders.write_run(tmp_path, "base", 7, 0.9)
    (row,) = collect(tmp_path).provenance.rows
    assert (row["path"], row["seed"], row["device"]) == ("runs/base-seed7", 7, "cpu")
    assert row["versions"] == "keras 3.9, python 3.11"
    assert row["data_checksum"] == "ab" * 32


def test_a_studys_table_comes_back_as_it_was_written(tmp_path):
    result_folders.write_study(tmp_path / "deep/study")
    found = collect(tmp_path)
    table = found.studies[0].tables[0]
    assert found.tables[0] == table
    assert table.title == "Tiny <study> (small)"
    assert table.columns[1].best is max
    assert table.note == "deep/study/results.json. Scale small. small scale"


def test_provenance_of_a_study_is_told(tmp_path):
    result_folders.write_study(tmp_path / "study")
    (table,) = (each for each in collect(tmp_path).tables if "of studies" in each.title)
    assert [column.key for column in table.columns] == [
        "path", "command", "scale", "finished", "device", "versions", "data_checksums",
    ]  # fmt: skip
    assert table.rows[0] == {
        "path": "study/results.json", "command": "python tiny.py", "scale": "small",
        "finished": "6 of 6", "device": "cpu", "versions": "keras 3.9, python 3.11",
        "data": None, "data_checksums": f"digits {'ab' * 32}", "settings": None,
    }  # fmt: skip


def test_folders_without_results_are_refused(tmp_path):
    with pytest.raises(DataError, match="expected run folders"):
        collect(tmp_path)
    with pytest.raises(DataError, match="there is none"):
        collect(tmp_path / "missing")


def test_a_study_from_another_version_is_named_and_left_out(tmp_path):
    content = result_folders.write_study(tmp_path / "study")
    del content["columns"]
    result_folders.files.write_json(tmp_path / "study/results.json", content)
    (row,) = collect(tmp_path).left_out.rows
    assert row["path"] == "study/results.json"
    assert "'columns' is missing" in row["fault"]


def test_several_widths_of_a_template_are_told_apart_and_none_is_best(tmp_path):
    for accuracy, filters in ((0.9, [51] * 2), (0.8, [26] * 2)):
        for seed in range(3):
            result_folders.write_run(
                tmp_path / str(filters[0]), "base", seed, accuracy, filters=filters
            )
    scores = collect(tmp_path).scores
    assert [row["filters"] for row in scores.rows] == ["26 26", "51 51"]
    assert "filters" in [column.key for column in scores.columns]
    assert not any(best_rows(scores, column) for column in scores.columns)


def test_all_tables_of_a_study_are_shown(tmp_path):
    table = ResultTable("Counts", (Column("n", "n"),), ({"n": 1},), note="computed")
    (tmp_path / "s").mkdir()
    about = {"study": "s", "command": "python s.py", "scale": "full"}
    outputs.write(tmp_path / "s", ResultTable("Scores", (), ({"n": 2},)), about, table)
    titles = [each.title for each in collect(tmp_path).tables]
    assert titles[:2] == ["Scores", "Scores: Counts"]


def test_two_folders_of_one_study_are_told_apart(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        about = {"study": "s", "command": "c", "scale": "full", "reductions": ["epochs 3"]}
        outputs.write(tmp_path / name, ResultTable("Scores", (), ({"n": 2},)), about)
    titles = [each.title for each in collect(tmp_path).tables]
    assert titles[:2] == ["Scores (full, reduced), one", "Scores (full, reduced), two"]


def test_one_more_width_of_a_template_does_not_hide_the_best_of_the_others(tmp_path):
    for template, accuracies in (("base", (0.8, 0.8)), ("b", (0.9, 0.9))):
        for seed, accuracy in enumerate(accuracies):
            result_folders.write_run(tmp_path, template, seed, accuracy)
    for filters in ([9, 9], [8, 8]):
        for seed in range(2):
            folder = tmp_path / str(filters[0])
            result_folders.write_run(folder, "c", seed, 0.95, filters=filters)
    scores = collect(tmp_path).scores
    (accuracy,) = (each for each in scores.columns if each.key == "test_accuracy_percent")
    assert [scores.rows[place]["template"] for place in best_rows(scores, accuracy)] == ["b"]


def test_figures_of_several_machines_name_them_all():
    result = {"device": "cpu", "versions": {"keras": "3.9"}, "dataset": "digits",
              "data_checksum": "x", "data_source": "embedded", "num_images": [1, 0, 1]}  # fmt: skip
    other = {**result, "device": "gpu", "versions": {"keras": "3.15"}, "data_checksum": "y"}
    found = outputs.origin([result, other])
    assert found["device"] == "cpu; gpu"
    assert found["versions"] == {"keras": "3.15; 3.9"}
    assert found["data_checksums"] == {"digits": "x; y"}
    assert found["num_images"] == {"digits": "1, 0, 1"}
