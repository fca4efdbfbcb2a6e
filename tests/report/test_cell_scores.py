import json

import numpy as np
import pytest

from nasbench_templates.design import planning
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.report import cell_scores
from nasbench_templates.report.cell_scores import Batch, CellScores, ScoreTask
from nasbench_templates.report.ranking import PUBLISHED_SPEARMAN, rank_scores
from nasbench_templates.support.errors import ConfigError, DataError

BATCH = Batch(np.zeros((2, 32, 32, 3), np.float32), np.zeros(2, np.int64))
IDENTITY = {"seed": 0}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "scores.jsonl"


def tasks(*names, cells=("best", "resnet", "inception")):
    found = []
    for name in cells:
        cell = named_cells.get(name).cell
        settings = NetworkSettings("nasbench101", options={"cell": cell, "stem_filters": 8})
        design = planning.plan(settings, ["base"])[0]
        found.append(ScoreTask(cell.hash(), design, names, 0))
    return found


def run(path, *names, identity=IDENTITY, **options):
    return list(cell_scores.score_cells(tasks(*names, **options), BATCH, identity, path))


def test_goes_on_where_it_was_stopped(path, monkeypatch):
    first = cell_scores.score_cells(tasks("params"), BATCH, IDENTITY, path)
    stopped = next(first)
    first.close()
    # A kill in the middle of a line.
    with path.open("a") as file:
        file.write('{"module_hash": "00')
    computed = []
    score = cell_scores._score
    monkeypatch.setattr(cell_scores, "_score", lambda work: computed.append(1) or score(work))
    whole = run(path, "params")
    assert len(computed) == 2
    assert (whole[0].module_hash, whole[0].scores) == (stopped.module_hash, stopped.scores)
    assert {each.module_hash: each.scores["params"] for each in whole} == {
        task.module_hash: task.design.cost.trainable_params for task in tasks("params")
    }
    again = {each.module_hash: each.scores for each in run(path, "params")}
    assert again == {each.module_hash: each.scores for each in whole}
    assert len(computed) == 2


def test_computes_only_the_scores_that_are_missing(path):
    run(path, "params")
    found = run(path, "params", "macs")
    assert all(set(each.scores) == {"params", "macs"} for each in found)
    last = [json.loads(line)["scores"] for line in path.read_text().splitlines()[-3:]]
    assert last == [dict(each.scores) for each in found]


def test_refuses_scores_of_something_else(path):
    run(path, "params")
    with pytest.raises(ConfigError, match=r"differ in \w+ \(there .*\); choose another folder"):
        run(path, "params", identity={"seed": 1})


def test_names_a_damaged_line(path):
    run(path, "params")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "{}", *lines[1:]]) + "\n")
    with pytest.raises(DataError, match="line 2"):
        run(path, "params")


def test_ranking_leaves_out_what_is_not_finite_and_has_published_values():
    values = [0.1, 0.4, None, 0.2, 0.9]
    found = [CellScores(str(n), {"snip": value}, 1.0) for n, value in enumerate(values)]
    accuracies = {"0": 0.5, "1": 0.7, "2": 0.1, "3": 0.6, "4": 0.8}
    (ranking,) = rank_scores(found, accuracies, ["snip"], num_resamples=200, seed=0)
    row = ranking.to_row()
    assert (row["cells"], row["not_finite"], row["spearman"], row["kendall"]) == (4, 1, 1.0, 1.0)
    assert row["published_abs_spearman"] == PUBLISHED_SPEARMAN["snip"] == 0.164
