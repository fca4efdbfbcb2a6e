"""Peak rates of accelerators by the name that their driver gives.

Dense matrix arithmetic in TFLOP/s, without the factor of two that data sheets print for structured
sparsity. A card that is not here has no utilisation: a wrong peak would be worse than none.

Source: NVIDIA's data sheets of the H100 (SXM column; the H200 SXM has the same rates), the A100,
the V100 (SXM2 column; the PCIe card is slower) and the T4.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """Rates of one card.

    Attributes:
        pattern: of the names that mean it.
        half: TFLOP/s in the 16-bit format of `half_policy`.
        half_policy: Keras dtype policy of that format; before Ampere there is no bfloat16.
        single: TFLOP/s in float32 as convolutions run by default: TF32 from Ampere on, else FP32.
        single_kind: which of the two.
    """

    pattern: str
    half: float
    half_policy: str
    single: float
    single_kind: str


CARDS = (
    Card(r"H200(?! NVL)|H100 80GB HBM3|H100 SXM", 989.5, "mixed_bfloat16", 494.7, "TF32"),
    Card(r"A100", 312.0, "mixed_bfloat16", 156.0, "TF32"),
    Card(r"V100-SXM", 125.0, "mixed_float16", 15.7, "FP32"),
    Card(r"\bT4\b", 65.0, "mixed_float16", 8.1, "FP32"),
)
DEFAULT_HALF_POLICY = "mixed_bfloat16"


def find_card(name: str) -> Card | None:
    """Returns the card of a name such as `NVIDIA H200`; `None` for one that is not known."""
    return next((card for card in CARDS if re.search(card.pattern, name)), None)


def peak_flops(name: str, policy: str) -> float | None:
    """Returns the card's peak in FLOP/s under a Keras dtype policy; `None` if unknown."""
    card = find_card(name)
    if card is None:
        return None
    if policy == "float32":
        return card.single * 1e12
    # Both 16-bit formats have one rate where a card has both, which it has from Ampere on.
    has_format = policy == card.half_policy or card.half_policy == "mixed_bfloat16"
    return card.half * 1e12 if has_format else None


def utilisation(name: str, policy: str, flops_per_image: float, rate: float) -> float | None:
    """Returns the share of the peak, 0..1, that `rate` images a second use; `None` if unknown."""
    peak = peak_flops(name, policy)
    return None if peak is None else flops_per_image * rate / peak
