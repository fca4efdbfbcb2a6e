"""How long the dry run of a study says that it takes."""

import dataclasses

import pytest
import study_cases

from nasbench_templates.cli import study_command
from nasbench_templates.data.core import dataset as datasets
from nasbench_templates.papers.study import StudyData


def test_a_run_takes_its_fixed_time_and_that_of_its_steps_and_images(monkeypatch):
    info = dataclasses.replace(datasets.datasets.get("digits"), split_sizes=None)
    monkeypatch.setitem(datasets.datasets._entries, "unknown_size", info)
    (run,) = study_cases.study(("base",), (0,)).runs
    network = run.network.plan()
    doubled = dataclasses.replace(run, config=dataclasses.replace(run.config, epochs=2))
    unknown = dataclasses.replace(run, data=StudyData("unknown_size"))
    fixed = study_command.run_seconds(unknown, network)
    once, twice = (study_command.run_seconds(each, network) for each in (run, doubled))
    assert 0 < fixed < once
    assert twice - fixed == pytest.approx(2 * (once - fixed))
    # 128 images; two cores train 600 images of 12 million MACs in a second.
    assert once - fixed > 128 * network.cost.macs / (600 * 12e6)
