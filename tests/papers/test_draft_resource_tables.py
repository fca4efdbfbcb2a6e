"""Published memory beside the outputs of our layers."""

import pytest

from nasbench_templates.papers import draft_resource_tables, published

FIGURES = published.printed()


def test_every_printed_memory_has_its_time_and_its_computed_outputs():
    first, second = draft_resource_tables.resource_tables(FIGURES)
    assert len(first.rows) == len(second.rows) == 20
    (row,) = [
        row for row in second.rows if (row["network"], row["template"]) == ("vgg19", "reverse")
    ]
    assert (row["published_gb"], row["published_time"]) == ("2.6", "8.2")
    assert row["published_percent"] == pytest.approx(200)
    # Reversed widths on 32x32 maps: 512 filters in the first eight of 16 layers, at full, half and
    # quarter resolution, and the pools after layers 2, 4, 8, 12 and 16.
    convolutions = (
        2 * 512 * 1024 + 2 * 512 * 256 + 4 * 512 * 64 + 4 * 256 * 16 + 2 * 128 * 4 + 2 * 64 * 4
    )
    pools = 512 * 256 + 512 * 64 + 512 * 16 + 256 * 4 + 64
    assert row["computed_gb"] == pytest.approx(4 * 16 * (convolutions + pools + 10) / 1e9)
