"""Peak rates of cards, from their data sheets."""

import cards
import pytest


@pytest.mark.parametrize(
    ("name", "policy", "tera"),
    [
        ("NVIDIA H200", "mixed_bfloat16", 989.5),
        ("NVIDIA H100 80GB HBM3", "mixed_float16", 989.5),
        ("NVIDIA H200", "float32", 494.7),
        ("NVIDIA A100-SXM4-40GB", "mixed_bfloat16", 312),
        ("NVIDIA A100-SXM4-40GB", "float32", 156),
        ("Tesla V100-SXM2-16GB", "mixed_float16", 125),
        ("Tesla V100-SXM2-16GB", "float32", 15.7),
        ("Tesla T4", "mixed_float16", 65),
        ("Tesla T4", "float32", 8.1),
    ],
)
def test_known_cards(name, policy, tera):
    assert cards.peak_flops(name, policy) == tera * 1e12


@pytest.mark.parametrize(
    ("name", "policy"),
    [
        ("NVIDIA GeForce RTX 4090", "float32"),
        ("NVIDIA H100 PCIe", "mixed_bfloat16"),  # slower than the SXM card
        ("NVIDIA H200 NVL", "mixed_bfloat16"),
        ("Tesla V100-PCIE-16GB", "float32"),
        ("Tesla T4", "mixed_bfloat16"),  # has no such format
        ("cpu, x86_64, 2 cores", "float32"),
    ],
)
def test_what_is_not_known_has_no_utilisation(name, policy):
    assert cards.utilisation(name, policy, 1e9, 1000) is None


def test_utilisation_is_the_share_of_the_peak():
    # 3.12e9 operations an image, 10,000 images a second, of 312e12.
    assert cards.utilisation("NVIDIA A100-PCIE-40GB", "mixed_bfloat16", 3.12e9, 1e4) == 0.1
