"""Published counts beside ours."""

import pytest

from nasbench_templates.papers import count_tables, published

FIGURES = published.printed()


def rows(paper, table):
    return count_tables.compare_params(FIGURES.select(paper, table))


def test_every_published_count_has_a_row():
    # Tables 1, 4, 5, 6; drafts: 4 networks x 5 templates each, and 2 x 5 on Tiny-ImageNet.
    assert [len(rows("myth", table)) for table in "1456"] == [24, 12, 6, 12]
    assert len(rows("redistribution_draft1", "2")) == 20
    assert [len(rows("redistribution_draft2", table)) for table in "23"] == [10, 20]


@pytest.mark.parametrize(
    ("table", "off"),
    [
        ("1", {("vgg19", "a")}),
        ("4", {("vgg19", "a"), *(("resnet50", name) for name in "abcde")}),
        ("5", set()),
        ("6", {("nasbench101:resnet50", "a"), ("nasbench101:resnet50", "c")}),
    ],
)
def test_exactly_these_counts_do_not_come_out(table, off):
    # experiments/README.md, table 6.
    found = {(row.figure.network, row.figure.template) for row in rows("myth", table)
             if not row.agrees}  # fmt: skip
    assert found == off


def test_relative_difference_is_of_the_published_figure():
    (row,) = [
        row
        for row in rows("myth", "6")
        if row.figure.network == "nasbench101:resnet50" and row.figure.template == "c"
    ]
    # 1,984,904 / 1,790,000 - 1
    assert row.relative_percent == pytest.approx(10.888, abs=1e-3)


def test_printed_flops_of_the_bases_come_out():
    compared = list(count_tables.compare_flops(FIGURES.select("myth")))
    assert len(compared) == 6
    assert all(row.agrees for row in compared)
