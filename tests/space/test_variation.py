import numpy as np

from nasbench_templates.networks import cell_arrays
from nasbench_templates.space import variation
from nasbench_templates.space.variation import Genotypes


def one(mask, labelling, template=0):
    return Genotypes(
        np.array([mask], np.int32), np.array([labelling], np.int16), np.array([template], np.int8)
    )


def test_mutation_rates_are_exact():
    # Every outcome of a draw is in the tables, so shares are exact and not estimates.
    flips = variation._flips()
    assert all((flips >> edge & 1).mean() == 1 / 7 for edge in range(7))
    # Independent: two given edges at once.
    assert np.isclose(((flips & 0b11) == 0b11).mean(), 1 / 49)
    digits = cell_arrays.interior_labels(7, variation._shifts().astype(int))
    for place in range(5):
        shares = np.bincount(digits[place], minlength=3) / len(digits[place])
        assert np.allclose(shares, [0.8, 0.1, 0.1])


def test_mutation_flips_edges_and_exchanges_operations():
    generator = np.random.default_rng(0)
    parent = one(0b101, 121)
    children = variation.mutated(generator, parent, 40_000, 3)
    changed = children.masks ^ parent.masks[0]
    rates = [(changed >> edge & 1).mean() for edge in range(21)]
    assert np.allclose(rates, 1 / 7, atol=0.01)
    old = cell_arrays.interior_labels(7, np.array([121]))
    new = cell_arrays.interior_labels(7, children.labellings[0].astype(int))
    assert np.allclose((new != old).mean(axis=1), 1 / 5, atol=0.01)
    shares = np.bincount(children.templates[0], minlength=3) / 40_000
    assert np.allclose(shares, [0.8, 0.1, 0.1], atol=0.01)


def test_neighbours_differ_in_one_place_and_from_each_other():
    found = variation.neighbours(one(0b10011, 5, 1), 3)
    assert found.masks.shape == (1, 21 + 10 + 2)
    labels = cell_arrays.interior_labels(7, found.labellings[0].astype(int))
    own = cell_arrays.interior_labels(7, np.array([5]))
    edges = np.array([bin(mask ^ 0b10011).count("1") for mask in found.masks[0].tolist()])
    places = edges + (labels != own).sum(axis=0) + (found.templates[0] != 1)
    assert (places == 1).all()
    keys = set(
        zip(
            found.masks[0].tolist(),
            found.labellings[0].tolist(),
            found.templates[0].tolist(),
            strict=True,
        )
    )
    assert len(keys) == 33


def test_shifting_an_operation_leaves_the_others():
    # 0 0 0 0 2 moved on by 1 in the last place is 0 0 0 0 0.
    assert variation.shifted_labellings()[2, 1] == 0
    assert variation.shifted_labellings()[81, 162] == 0
