"""The runs of a sweep: each once, exact counts, what cannot be had left out with its reason."""

import json
import re

import pytest

from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.support.errors import ConfigError, SpecError, UnknownNameError
from nasbench_templates.sweeps import network_choices, planning, request

OPTIONS = {"stem_filters": 4, "num_stacks": 1, "num_modules_per_stack": 1}


def plan(folder, **content):
    content = {"networks": "resnet", "options": OPTIONS, **content}
    return planning.plan(request.parse(content), folder)


def facts(found):
    return {
        (each.network, each.task.spec.design.template, each.budget, each.task.spec.seed)
        for each in found.runs
    }


def test_a_grid_is_every_combination_and_the_base_is_run_once_for_all_budgets(tmp_path):
    found = plan(
        tmp_path,
        networks=["resnet", "best"],
        templates=["base", "b"],
        budgets=["0.9x", "0.5x"],
        seeds=[0, 1],
    )
    assert len(found.runs) == 2 * 2 * (1 + 2)
    assert ("best", "b", "0.5x", 1) in facts(found)
    assert {budget for _, template, budget, _ in facts(found) if template == "base"} == {"0.9x"}


def test_the_longest_runs_are_first(tmp_path):
    found = plan(tmp_path, networks=["resnet", "best"], templates=["base", "b"], budgets=["0.5x"])
    seconds = [each.training_seconds for each in found.runs]
    assert seconds == sorted(seconds, reverse=True)


def test_training_macs_are_three_forward_passes_of_all_images(tmp_path):
    (run,) = plan(tmp_path, training={"recipe": "short", "epochs": 2}).runs
    assert run.num_train == 1197
    assert run.training_macs == 3 * run.task.spec.design.cost.macs * 1197 * 2
    config = run.task.spec.config
    # RMSProp keeps a mean square and a momentum beside each value and its gradient.
    values = 4 * 4 * run.task.spec.design.cost.trainable_params
    outputs = config.batch_size * 2 * 4 * run.task.spec.design.summary_outputs
    assert run.memory_bytes == values + outputs


def test_a_budget_below_the_smallest_network_is_left_out_and_the_rest_runs(tmp_path):
    found = plan(tmp_path, templates=["base", "b"], budgets=["1", "1x"])
    assert len(found.runs) == 2
    (left,) = found.left_out
    assert left.what == "resnet, template b, budget 1"
    assert "budget" in left.reason


def test_what_misses_its_budget_is_told_once_for_all_networks(tmp_path, recwarn):
    content = {"networks": ["resnet", "best"], "templates": ["base", "b"], "budgets": "0.5x"}
    plan(tmp_path, **content, seeds=[0, 1])
    (told,) = [str(each.message) for each in recwarn]
    assert re.search(r"nasbench101 resnet .*: b -.* %; nasbench101 best .*: b -.* %; ", told)


def test_shards_are_disjoint_and_together_all(tmp_path):
    found = plan(tmp_path, networks=["resnet", "best"], seeds=[0, 1, 2])
    parts = [found.shard(number, 4).runs for number in range(4)]
    assert sorted(map(len, parts)) == [1, 1, 2, 2]
    tasks = [each.task for part in parts for each in part]
    assert len(set(tasks)) == 6
    with pytest.raises(ConfigError, match="from 0 to below 4, received 4"):
        found.shard(4, 4)


def test_cells_come_from_a_file_by_graph_and_by_hash(tmp_path):
    best = named_cells.get("best").cell
    lines = [
        {"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]},
        {"module_adjacency": best.matrix, "module_operations": best.ops},
        {"module_hash": named_cells.get("resnet").cell.hash()},
        named_cells.get("inception").cell.hash(),
    ]
    path = tmp_path / "cells.jsonl"
    path.write_text('resnet\n"best"\n\n')
    choices = network_choices.of_entry(str(path), {}, ())
    assert [choice.label for choice in choices] == ["resnet", "best"]
    path.write_text("\n".join(map(json.dumps, lines)))
    found = plan(tmp_path, networks=str(path))
    assert {each.network for each in found.runs} == {"043721b9", "best", "resnet", "inception"}
    two = plan(tmp_path, networks={"cells": str(path), "limit": 2})
    assert {each.network for each in two.runs} == {"043721b9", "best"}
    names = tmp_path / "cells.txt"
    names.write_text("resnet\n" + named_cells.get("best").cell.hash())
    assert {each.network for each in plan(tmp_path, networks=str(names)).runs} == {"resnet", "best"}
    with pytest.raises(
        ConfigError, match=r"networks: expected one cell, .* write cells: .*\.jsonl"
    ):
        plan(tmp_path, networks={"cell": str(path)})
    path.write_text('{"matrix": [[0]], "ops": []}')
    with pytest.raises(SpecError, match=r"cells\.jsonl, line 1"):
        plan(tmp_path, networks=str(path))


def test_unknown_names_end_the_plan(tmp_path):
    with pytest.raises(UnknownNameError, match="resnett"):
        plan(tmp_path, networks="resnett")
    with pytest.raises(UnknownNameError, match="zz"):
        plan(tmp_path, templates="zz")
    with pytest.raises(ConfigError, match="expected a folder with it"):
        plan(tmp_path, datasets={"name": "mnist", "folder": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"training": {"epochs": "one"}}, "sweep, training: expected epochs to be a whole number"),
        ({"training": [{}, {"batch_size": "64"}]}, r"training\[1\]: expected batch_size .*'64'"),
        ({"training": {"step_epochs": 3}}, "training: expected step_epochs to be a list of numb"),
        ({"training": {"nesterov": "no"}}, "training: expected nesterov to be true or false"),
        ({"training": {"recipe": "shrot"}}, "sweep, training: unknown recipe 'shrot'"),
        ({"options": {"stem_filters": "four"}}, "networks: nasbench101: expected stem_filters"),
        ({"options": {"num_stacks": 3.5}}, "expected num_stacks to be a whole number, .* 3.5"),
        ({"options": {"stack_filters": 3}}, "expected stack_filters to be a list of whole numbers"),
        ({"matching": {"n_min": "four"}}, "sweep, matching: expected n_min to be a whole number"),
        ({"matching": {"input_shape": [8, 8]}}, "input_shape to be a list of 3 whole numbers"),
        ({"matching": {"width_multiplier": "two"}}, "expected width_multiplier > 0, such as 0.5"),
        ({"datasets": {"name": "digits", "train_images": "all"}}, "datasets: expected train_imag"),
        ({"budgets": ["1x", "0.5"]}, r"sweep, budgets\[1\]: .* it is written 0.5x"),
        (
            {"runs": [{}, {"templates": ["base", "zz"]}]},
            r"runs\[1\].templates\[1\]: unknown .*'zz'",
        ),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_place(tmp_path, content, message):
    with pytest.raises(ConfigError, match=message):
        plan(tmp_path, **content)


def test_the_gap_to_each_budget_is_that_of_the_match(tmp_path):
    (run,) = plan(tmp_path, templates="b", budgets="0.5x", matching={"match_on": "macs"}).runs
    design = run.task.spec.design
    assert design.matching.match_on == "macs"
    assert -0.6 < design.gap <= 0
