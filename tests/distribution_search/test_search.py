"""The search on runs that are pretended: what is tried, what is trained, what comes out."""

import dataclasses
import importlib.util
import itertools
import json
import random

import pytest
from pretended_runs import IMAGES, Pretender, StopNowError

import nasbench_templates as nt
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.distribution_search import answer as answers
from nasbench_templates.distribution_search import proposals, search
from nasbench_templates.distribution_search.settings import SearchSettings
from nasbench_templates.execution import engine
from nasbench_templates.runs import stored
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.support import locks
from nasbench_templates.support.errors import BudgetError, ConfigError, HeldError, TrainingError
from nasbench_templates.training.config import MixingConfig
from nasbench_templates.training.recipes import recipes

EPOCHS = 9
needs_optuna = pytest.mark.skipif(
    importlib.util.find_spec("optuna") is None, reason="needs the extra search"
)
STRATEGIES = [
    "all",
    *(pytest.param(each, marks=needs_optuna) for each in ("random", "halving", "tpe")),
]
NEAREST = MatchSettings(match_on="macs", rule="nearest")


def network(**options):
    return NetworkSettings("resnet20", (8, 8, 1), 10, options)


def settings(folder, strategy="random", **changes):
    config = recipes.get("short").config(EPOCHS, batch_size=32)
    data = DataRequest("digits")
    known = {"trials": 8, **changes}
    return SearchSettings("net", data, config, folder, strategy, **known)


def rising(filters, epoch):
    """Rewards wide last slots, as the base has, and more epochs."""
    return 0.3 + 0.01 * epoch + 0.3 * filters[-1] / sum(filters)


def search_for(asked, pretender, matching=NEAREST):
    return search.search(network(), matching, asked, pretender)


def table(answer):
    return [trial.to_json() for trial in answer.trials]


def searched(pretender):
    """The networks and epochs that were trained by the search, without the comparison."""
    return [(filters, epoch) for filters, seed, epoch in pretender.trained if seed == 0]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_winner_is_the_best_by_validation_and_is_compared_on_other_seeds(tmp_path, strategy):
    pretender = Pretender(rising)
    found = search_for(settings(tmp_path, strategy), pretender)
    whole = [each for each in found.trials if each.status == "complete"]
    best = max(each.val_accuracy for each in whole)
    assert found.status == answers.FINISHED
    assert found.winner.val_accuracy == best
    assert set(found.winner.tests()) == set(found.base.tests()) == {1, 2, 3}
    finals = {task.spec.design.template for task in pretender.made if task.spec.seed > 0}
    assert finals == {"base", found.winner.design.template}
    assert all(abs(each.design.gap) <= 0.05 for each in whole)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_run_of_the_search_reaches_the_test_split(tmp_path, strategy):
    pretender = Pretender(rising)
    search_for(settings(tmp_path, strategy), pretender)
    stops = {task.stop_after_epochs for task in pretender.made if task.spec.seed == 0}
    assert None not in stops
    assert {task.stop_after_epochs for task in pretender.made if task.spec.seed > 0} == {None}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_epoch_of_any_network_is_trained_twice(tmp_path, strategy):
    pretender = Pretender(rising)
    found = search_for(settings(tmp_path, strategy), pretender)
    trained = searched(pretender)
    assert len(trained) == len(set(trained)) == found.search_effort.epochs
    # A base with a graph of its own is another network than a template of the same widths.
    networks = {trial.design.filters for trial in found.trials if trial.epochs}
    assert len(networks) == sum(trial.epochs > 0 for trial in found.trials)


@needs_optuna
@pytest.mark.parametrize("strategy", ["random", "halving", "tpe"])
def test_a_to_e_come_first_and_trials_counts_networks(tmp_path, strategy):
    found = search_for(settings(tmp_path, strategy), Pretender(rising))
    assert [trial.template for trial in found.trials[:5]] == list("abcde")
    tried = [each for each in found.trials if each.status not in ("same", "excluded")]
    assert len(tried) == 8
    assert tried[-1].template.startswith("shape(")


@needs_optuna
def test_halving_stops_what_falls_behind(tmp_path):
    asked = settings(tmp_path, "halving", trials=12)
    assert asked.rungs == (1, 3, 9)
    found = search_for(asked, Pretender(rising))
    epochs = [trial.epochs for trial in found.trials if trial.epochs]
    assert set(epochs) == {1, 3, 9}
    assert epochs.count(1) > epochs.count(9)
    assert all(
        (trial.status == "complete") == (trial.epochs == 9)
        for trial in found.trials
        if trial.epochs
    )
    # Far fewer epochs than 12 whole runs and the base.
    assert found.search_effort.epochs < 0.7 * 13 * EPOCHS


@needs_optuna
def test_tpe_finds_more_than_its_first_random_trials(tmp_path):
    found = search_for(settings(tmp_path, "tpe", trials=30), Pretender(rising))
    values = [each.val_accuracy for each in found.trials if each.status == "complete"]
    assert max(values[10:]) > max(values[:10])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_call_again_trains_nothing_and_answers_alike(tmp_path, strategy):
    asked = settings(tmp_path, strategy)
    first = search_for(asked, Pretender(rising))
    again = Pretender(rising)
    second = search_for(asked, again)
    assert again.made == []
    assert second.to_json() == first.to_json()
    assert json.loads((tmp_path / search.ANSWER).read_text())["answer"] == first.to_json()["answer"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_killed_anywhere_it_ends_as_if_nothing_had_stopped_it(tmp_path, strategy):
    whole = search_for(settings(tmp_path / "whole", strategy), Pretender(rising))
    asked = settings(tmp_path / "killed", strategy)
    moments, trained = random.Random(7), []
    for _ in range(100):
        pretender = Pretender(rising, kill_after=moments.randrange(1, 5))
        try:
            found = search_for(asked, pretender)
        except StopNowError:
            continue
        else:
            break
        finally:
            trained += pretender.trained
    assert table(found) == table(whole)
    assert found.to_json()["winner"] == whole.to_json()["winner"]
    assert found.search_effort == whole.search_effort
    assert len(trained) == len(set(trained))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_stop_is_told_and_gone_on_from(tmp_path, strategy):
    asked = settings(tmp_path, strategy)
    stopped = search_for(asked, Pretender(rising, stop_after=3))
    assert stopped.status == answers.SEARCHING
    assert "yet" in stopped.statement
    assert search_for(asked, Pretender(rising)).status == answers.FINISHED


@needs_optuna
def test_a_line_that_a_kill_cut_off_is_dropped(tmp_path):
    asked = settings(tmp_path)
    with pytest.raises(StopNowError):
        search_for(asked, Pretender(rising, kill_after=3))
    with (tmp_path / proposals.JOURNAL).open("a") as file:
        file.write('{"op_code": 4, "worker_')
    assert search_for(asked, Pretender(rising)).status == answers.FINISHED


@needs_optuna
def test_more_trials_go_on_from_those_that_are_there(tmp_path):
    first = search_for(settings(tmp_path, trials=6), Pretender(rising))
    more = Pretender(rising)
    second = search_for(settings(tmp_path, trials=9), more)
    assert table(second)[: len(first.trials)] == table(first)
    assert len({filters for filters, _ in searched(more)}) == 3


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_budget_that_excludes_most_candidates_neither_repeats_them_nor_aborts(
    tmp_path, strategy, monkeypatch
):
    monkeypatch.setattr(search, "MOST_FRUITLESS", 12)
    # Below the base's first width, which is the smallest of all others, only flat ones are left.
    tight = dataclasses.replace(NEAREST, budget=Budget.parse("0.2x"))
    pretender = Pretender(rising)
    found = search_for(settings(tmp_path, strategy, trials=30), pretender, tight)
    counts = found.counts()
    assert counts[answers.EXCLUDED] > counts["complete"] >= 1
    reasons = {each.reason for each in found.trials if each.status == answers.EXCLUDED}
    assert all("smallest network" in each or "off the budget" in each for each in reasons)
    assert len(searched(pretender)) == len(set(searched(pretender)))
    if strategy != "all":
        again = search_for(settings(tmp_path, strategy, trials=30), pretender, tight)
        assert again.to_json() == found.to_json()
        assert found.is_exhausted == (sum(
            each.status not in ("same", "excluded") for each in found.trials) < 30)  # fmt: skip


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_budget_without_any_candidate_is_refused_before_training(tmp_path, strategy, monkeypatch):
    monkeypatch.setattr(search, "MOST_FRUITLESS", 6)
    tiny = dataclasses.replace(NEAREST, budget=Budget.parse("0.0001x"))
    pretender = Pretender(rising)
    with pytest.raises(BudgetError, match=r"none of .* smallest network"):
        search_for(settings(tmp_path, strategy), pretender, tiny)
    assert not pretender.made


def test_nothing_beats_a_base_that_is_best(tmp_path):
    def falling(filters, epoch):
        return 0.9 if filters == base else 0.4 + 0.001 * len(set(filters))

    base = search_for(settings(tmp_path / "look", "all"), Pretender(rising)).base.design.filters
    found = search_for(settings(tmp_path / "real", "all"), Pretender(falling))
    assert not found.beats_base
    assert found.template == "base"
    assert found.statement.startswith("nothing beats the base, which is not below any candidate")
    assert found.to_json()["answer"]["template"] == "base"
    assert found.difference.verdict == "lower"


def test_the_answer_names_the_interval_of_what_beats_the_base(tmp_path):
    def falling(filters, epoch):
        return 0.3 + 0.3 * filters[0] / sum(filters)

    found = search_for(settings(tmp_path, "all"), Pretender(falling))
    assert found.beats_base
    assert found.template == "c"
    assert found.statement.startswith("c beats the base: +")
    assert "over 3 seeds, 95 % interval +" in found.statement
    assert list(found.to_pandas()["template"]) == list("abcde")
    assert "c beats the base" in repr(found)
    assert found._repr_html_().count("<tr>") == 2 + len(found.trials)


def test_costs_are_counted(tmp_path):
    found = search_for(settings(tmp_path, "all"), Pretender(rising))
    macs = [found.base.design.cost.macs, *(each.design.cost.macs for each in found.trials)]
    assert found.search_effort == answers.Effort(6, 6 * EPOCHS, 6.0 * EPOCHS,
                                                 3 * IMAGES * EPOCHS * sum(macs))  # fmt: skip
    assert found.final_effort.runs == 6


def test_steps_of_shares_that_are_learned_apart_are_counted_too(tmp_path):
    asked = settings(tmp_path / "apart", "all")
    apart = dataclasses.replace(asked.config, mixing=MixingConfig())
    asked = dataclasses.replace(asked, config=apart)
    plain = search_for(settings(tmp_path / "plain", "all"), Pretender(rising))
    assert search_for(asked, Pretender(rising)).search_effort.macs == 2 * plain.search_effort.macs


def test_a_candidate_that_fails_is_recorded_and_the_others_go_on(tmp_path):
    def fails(filters):
        return filters[0] > filters[-1]  # c alone falls

    found = search_for(settings(tmp_path, "all"), Pretender(rising, fails))
    failed = [each for each in found.trials if each.status == "failed"]
    assert [(each.template, each.reason) for each in failed] == [("c", "the loss is not finite")]
    assert found.status == answers.FINISHED


def test_a_base_that_fails_ends_the_search(tmp_path):
    def fails(filters):
        return len(filters) > 0

    with pytest.raises(TrainingError, match="the base, which all is compared with, failed"):
        search_for(settings(tmp_path, "all"), Pretender(rising, fails))


def test_a_search_from_python(tmp_path, monkeypatch):
    pretender = Pretender(rising)
    monkeypatch.setattr(engine, "carry_out", lambda tasks, workers: pretender(tasks))
    asked = {"strategy": "all", "final_seeds": (4, 5, 6), "batch_size": 32, "match_on": "macs"}
    found = nt.search("resnet20", "digits", output_dir=tmp_path, epochs=3, budget="0.8x", **asked)
    assert set(found.base.tests()) == {4, 5, 6}
    assert found.settings["budget"] == "4/5x"
    assert found.settings["training"]["batch_size"] == 32
    assert {task.spec.config.epochs for task in pretender.made} == {3}
    with pytest.raises(ConfigError, match="received strength"):
        nt.search("resnet20", "digits", output_dir=tmp_path, strength=3)


def test_a_second_search_in_the_folder_is_refused(tmp_path):
    with locks.held(tmp_path / ".search.lock", tmp_path), pytest.raises(HeldError):
        search_for(settings(tmp_path, "all"), Pretender(rising))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"search_seeds": (0, 1)}, "other seeds for the final comparison"),
        ({"final_seeds": (1,)}, "at least two final seeds"),
        ({"search_seeds": ()}, "a search seed"),
        ({"trials": 0}, "trials >= 1"),
        ({"min_epochs": 10}, "min_epochs from 1 to the 9 epochs"),
        ({"strategy": "grid"}, "a strategy of all, random"),
        ({"data": DataRequest("digits", is_validation_trained_on=True)}, "validation split"),
    ],
)
def test_what_no_search_can_be_is_refused(tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(settings(tmp_path), **changes)


def test_statuses_are_those_of_run_files():
    assert set(proposals.STATES) >= {"failed"} & set(stored.STATUSES)
    assert len(set(itertools.chain(proposals.STATES, (answers.SAME, answers.EXCLUDED)))) == 5
