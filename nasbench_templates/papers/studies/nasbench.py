r"""Table 6 of "The Myth of the Pyramid": two NAS-Bench-101 networks under templates on CIFAR-10.

The benchmark's best cell and the ResNet-50-style network under base and a to e, as published (peaks
in steps of 10, smallest width 128 for a and 64 for the others) and by the plain rule; the printed
columns b and c are exchanged, so that "b" is the falling distribution. Interrupt it at any time:
the same command goes on where it stopped.

  nasbench-templates study nasbench --dry_run
  nasbench-templates study nasbench --data_dir=cifar10=DIR
  nasbench-templates study nasbench --scale=small --data_dir=cifar10=DIR
"""

from collections.abc import Sequence

from nasbench_templates.benchmark_records import published_records
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.papers import count_tables, figure_panels, paper_networks, registered
from nasbench_templates.papers.published import Figures
from nasbench_templates.papers.registered import Trained
from nasbench_templates.papers.study import FULL, StudyData, StudyRun, TrainingStudy
from nasbench_templates.report.result_tables import ResultTable
from nasbench_templates.support.errors import RecordError
from nasbench_templates.training import recipes

PLAIN_RULE = "plain rule"
SMALL_STEM, SMALL_EPOCHS, SMALL_BATCH = 8, 4, 64
SMALL_IMAGES, SMALL_TEST_IMAGES = 2000, 5000


def make_study(scale: str, seeds: Sequence[int]) -> TrainingStudy:
    """Returns the study for a scale and seeds."""
    is_full = scale == FULL
    record = published_records.published_record(named_cells.get("best").cell.hash() or "")
    if record is None or record.test_accuracy is None:
        raise RecordError("expected what was published of the cell best, found none")
    notes = {
        "": "Printed columns b and c are exchanged: b is the falling distribution, c the uniform "
        "one. The benchmark's record of the best cell: test accuracy "
        f"{100 * record.test_accuracy[0]:.2f} % ({record.source}); the ResNet-50-style network has "
        "none.",
    }
    reductions = () if is_full else (
        f"as published only, a stem of {SMALL_STEM} and one module in each stack; smallest widths "
        "and steps in proportion to the stem",
        f"{SMALL_IMAGES} training and {SMALL_TEST_IMAGES} test images, {SMALL_EPOCHS} epochs of "
        f"the recipe short in batches of {SMALL_BATCH}, no validation split",
    )  # fmt: skip
    return TrainingStudy(
        "nasbench",
        "The Myth of the Pyramid, table 6: NAS-Bench-101 on CIFAR-10",
        scale,
        tuple(_full_runs(seeds) if is_full else _small_runs(seeds)),
        reductions,
        published=(("myth", "6"),),
        notes=notes,
        default_networks=() if is_full else (paper_networks.CELL_PREFIX + "best",),
    )


def _full_runs(seeds: Sequence[int]) -> list[StudyRun]:
    # The benchmark's own split and recipe, as its records.
    data = StudyData("cifar10", is_validation_trained_on=False)
    config = recipes.recipes.get("nasbench101").config()
    return [
        StudyRun(
            paper_networks.nasbench_network(cell, column, by_plain_rule=by_plain_rule),
            data,
            config,
            seed,
            PLAIN_RULE.replace(" ", "_") if by_plain_rule else "",
        )
        for cell in paper_networks.CELLS
        for by_plain_rule in (False, True)
        for column in paper_networks.TEMPLATES
        if not (by_plain_rule and column == "base")
        for seed in seeds
    ]


def _small_runs(seeds: Sequence[int]) -> list[StudyRun]:
    data = StudyData("cifar10", SMALL_IMAGES, SMALL_TEST_IMAGES)
    config = recipes.recipes.get("short").config(
        epochs=SMALL_EPOCHS, batch_size=SMALL_BATCH, augmentation=("pad_crop", "flip")
    )
    return [
        StudyRun(
            paper_networks.nasbench_network(
                cell, column, stem_filters=SMALL_STEM, num_modules_per_stack=1
            ),
            data,
            config,
            seed,
        )
        for cell in paper_networks.CELLS
        for column in paper_networks.TEMPLATES
        for seed in seeds
    ]


def counts(published: Figures) -> list[ResultTable]:
    """Returns the tables of parameters and MACs, as published and by the plain rule."""
    table6 = published.select("myth", "6")
    return [
        count_tables.params_table(
            f"Parameters and MACs, {title}",
            count_tables.compare_params(table6, by_plain_rule=by_plain_rule),
            has_applied=True,
        )
        for title, by_plain_rule in (("as published", False), ("by the plain rule", True))
    ]


registered.study("nasbench", __doc__, Trained(make_study, figure_panels.draw_accuracy, counts))
