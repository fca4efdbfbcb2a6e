"""The opening of a report: what was run, what is best, what is open."""

import pathlib

from nasbench_templates.report import collection, overview, page
from nasbench_templates.report.collection import Collection
from nasbench_templates.report.result_tables import Column, ResultTable

RESULTS = pathlib.Path(__file__).parents[2] / "experiments/results"
NONE = ResultTable("t", (), ())


def scores(*rows):
    table = ResultTable("scores", (Column("template", "template"),), rows)
    return Collection((), table, (), NONE, NONE)


def row(template, accuracy, seeds=3, **more):
    return {
        "network": "n", "dataset": "digits", "setting": 1, "template": template,
        "test_accuracy_percent": accuracy, "seeds": seeds, "params": 100, **more,
    }  # fmt: skip


def test_best_of_each_network_stands_beside_its_base():
    rows = [row("base", 80.0, params=200), row("b", 82.5, difference=2.5, verdict="higher"),
            row("c", 81.0, verdict="open")]  # fmt: skip
    found = overview.overview(scores(*rows))
    (best,) = found.best.rows
    assert (best["best"], best["base_accuracy"], best["difference"]) == ("b", 80.0, 2.5)
    assert (best["verdict"], best["params_percent"]) == ("higher", 50.0)
    assert found.unsettled == (
        "1 of 2 comparisons with the base undecided: the 95 % interval of the difference holds "
        "zero.",
    )


def test_a_variant_is_judged_by_the_base_that_it_is_compared_with():
    rows = [
        row("base", 80.0, variant="", base_variant=""),
        row("b", 79.0, variant="", base_variant="", difference=-1.0),
        row("b", 78.0, variant="plain", base_variant="", difference=-2.0, verdict="lower"),
    ]
    first, second = overview.overview(scores(*rows)).best.rows
    assert (first["network"], first["best"], first["base_accuracy"]) == ("n", "base", 80.0)
    assert (second["network"], second["best"], second["base_accuracy"]) == ("n plain", "base", 80.0)
    assert second["verdict"] == "the base itself"


def test_smoke_runs_and_few_seeds_are_open_and_never_best():
    rows = [row("base", 80.0, 1), row("b", 70.0, 1), row("c", 99.0, 1, smoke=True)]
    found = overview.overview(scores(*rows))
    assert [each["best"] for each in found.best.rows] == ["base"]
    assert found.best.rows[0]["verdict"] == "the base itself"
    assert found.unsettled == (
        "1 row of smoke runs, whose figures mean nothing.",
        "1 comparison with fewer than 3 seeds: no verdict.",
    )


def test_one_network_alone_is_the_best_of_nothing():
    assert overview.overview(scores(row("base", 80.0))).best.rows == ()


def test_page_opens_with_it_and_puts_numbers_to_the_right():
    found = collection.collect(RESULTS)
    text = page.render(found, "Results")
    opening = text.index("<h2>Summary</h2>")
    assert opening < text.index("Best of each network") < text.index("<nav>")
    assert "0 runs" not in text
    assert f"{len(found.studies)} studies: " in text
    # A figure that is kept as printed stands to the right as well.
    assert '<td class="number" data-value="1.85">1.85</td>' in text
    assert '<td class="number" data-value="87.0">87.0</td>' in text
