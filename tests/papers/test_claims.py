"""Judged sentences of the papers: how many, and what is said of those that must be there."""

import dataclasses
import json

import pytest

from nasbench_templates.cli import command
from nasbench_templates.papers import published
from nasbench_templates.papers.claims.claim import (
    CONTRADICTED,
    HOLDS,
    NOT_TESTABLE,
    RELATIVE,
    VERDICTS,
)
from nasbench_templates.papers.published import Figures
from nasbench_templates.papers.registered import studies

(TABLE,) = studies.get("claims").work.tables(published.printed())
EXPECTED = {
    "variation in accuracy for all models after using templates is less than 5%": CONTRADICTED,
    "accuracy is still slightly superior on all datasets": CONTRADICTED,
    "while still surpassing the base accuracy": CONTRADICTED,
    "reductions of 1.5 and 1.8 points in accuracy": CONTRADICTED,
    "change Inception accuracy in less than 1%": CONTRADICTED,
    "improvements in accuracy of 0.96% and 2.14%": RELATIVE,
    "accuracy improvement for some network-task pairs of up to 5.5%": RELATIVE,
    "a reduction of up to 45% in parameters": RELATIVE,
    "reductions of parameters up to 68 per cent": HOLDS,
    "uses one-fifth of the original parameters": HOLDS,
    "with one-third of the parameters": HOLDS,
    "uses only 29% of the original parameters": HOLDS,
    "using 35% of the original ResNet parameters": HOLDS,
    "a model with 38% less parameters": HOLDS,
    "only 14.82% of the original parameters": HOLDS,
    "up to 2.11 percent points": HOLDS,
    "Reductions of 90% in parameters, 79% in memory usage and 22%": HOLDS,
    "a very remarkable accuracy improvement": NOT_TESTABLE,
    "Predefined Pooling 0.26": CONTRADICTED,
}


def row_of(words, table=TABLE):
    (row,) = (each for each in table.rows if words in each["claim"])
    return row


def test_there_are_enough_claims_each_with_place_evidence_and_verdict():
    assert len(TABLE.rows) >= 25
    for row in TABLE.rows:
        assert row["verdict"] in VERDICTS
        assert row["place"]
        assert row["printed"]
    identities = [(row["paper"], row["place"], row["claim"]) for row in TABLE.rows]
    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize(("words", "verdict"), EXPECTED.items())
def test_known_sentences_have_their_verdict(words, verdict):
    assert row_of(words)["verdict"] == verdict


def test_evidence_is_that_of_the_tables():
    assert row_of("0.96% and 2.14%")["printed"] == (
        "GTZAN 1.84 points (2.15 %), ESC-50 0.67 points (0.96 %)"
    )
    assert row_of("1.5 and 1.8 points")["printed"] == "2.49 and 2.76 points"
    assert row_of("up to 45% in parameters")["ours"] == "21.1 % less"
    assert "mobilenet_v2 c on tiny_imagenet -19.74" in row_of("is less than 5% for")["printed"]
    assert "0.249 and 0.268" in row_of("Predefined Pooling 0.26")["ours"]


def test_another_printed_figure_changes_the_verdict():
    def changed(figure):
        key = figure.paper, figure.table, figure.network, figure.template, figure.dataset
        is_it = key == ("myth", "4", "vgg19", "d", "imagenet")
        text = "60.0" if is_it and figure.quantity == "params_millions" else figure.text
        return dataclasses.replace(figure, text=text)

    words = "uses only 29% of the original parameters"
    (other,) = studies.get("claims").work.tables(Figures(map(changed, published.printed())))
    assert row_of(words)["verdict"] == HOLDS
    assert row_of(words, other)["verdict"] == CONTRADICTED


def test_claims_are_printed_as_json(capsys):
    assert command.run(["study", "claims", "--format=json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert list(rows[0]) == ["paper", "place", "claim", "printed", "ours", "verdict", "remark"]
    assert len(rows) == len(TABLE.rows)
