"""A table of the whole space with made-up runs, and small ones, for searches."""

import numpy as np

from nasbench_templates.networks import cell_arrays
from nasbench_templates.space import enumeration
from nasbench_templates.space.labelled_space import labelled_space
from nasbench_templates.space.search_table import OUTSIDE, SearchTable


def made_up_table(count=None, repeats=3, seed=0):
    """Accuracies that neighbours share in part: edges and 3x3 convolutions add to them."""
    space, generator = labelled_space(), np.random.default_rng(seed)
    cells = np.arange(space.num_cells)
    if count is not None:
        cells = np.sort(generator.choice(cells, count, replace=False))
    row_of = np.full(space.num_cells, OUTSIDE, np.int32)
    row_of[cells] = np.arange(len(cells))
    runs = len(cells) * repeats
    graphs = enumeration.canonical_cells()[cells]
    convolutions = sum(
        (cell_arrays.interior_labels(7, graphs.labellings.astype(int)) == 0).astype(int)
    ) - (7 - graphs.num_vertices.astype(int))
    own = generator.normal(0, 0.005, len(cells))
    truth = np.repeat(0.85 + 0.01 * convolutions + 0.002 * graphs.num_edges + own, repeats)
    validation = truth + generator.normal(0, 0.002, runs)
    test = (truth + generator.normal(0, 0.002, runs)).reshape(len(cells), repeats)
    return SearchTable(
        name="made-up",
        epochs=108,
        store_rows=np.arange(len(cells)),
        cells=cells,
        row_of=row_of,
        first=np.arange(len(cells)) * repeats,
        num_runs=np.full(len(cells), repeats),
        validation=validation,
        seconds=generator.uniform(500, 3000, runs),
        metric="test",
        accuracy=test.mean(axis=1),
        left_out=0,
    )
