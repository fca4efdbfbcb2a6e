"""Networks of the tables of the paper on networks without pooling or fixed filter sizes.

Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes", tables 1 to 4. What
the paper prints of them is in printed/filter_size.json, under the same tables and names.
"""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One row of a published table.

    Attributes:
        table: its number.
        name: of the row; the `variant` of its published figures, where it has any.
        options: of the architecture `multires`.
        threshold: shares below it are pruned after training and the rest is fine-tuned; with 1 the
            largest one stays and the network is trained from new weights; `None`: no pruning.
    """

    table: int
    name: str
    options: tuple[tuple[str, object], ...]
    threshold: float | None = None


def _row(table: int, name: str, variant: str, threshold: float | None = None, **options) -> Row:
    return Row(table, name, tuple(sorted({**options, "variant": variant}.items())), threshold)


VARIANTS = {
    "no pooling": "no_pooling",
    "predefined pooling": "pooling",
    "scale invariant": "scale_invariant",
    "learned": "learned",
}
UNSHARED = "learned filters per resolution"
ROWS = (
    *(_row(1, name, variant) for name, variant in VARIANTS.items()),
    _row(1, "learned threshold 0.1", "learned", threshold=0.1),
    _row(1, "learned threshold 0.2", "learned", threshold=0.2),
    _row(1, "learned one resolution", "learned", threshold=1.0),
    # Not printed: what section 3.5 says went wrong before filters were shared.
    _row(1, UNSHARED, "learned", filters="per_resolution"),
    *(
        _row(2, f"{name} C={channels}", variant, channels=channels)
        for name, variant in VARIANTS.items()
        for channels in (16, 32, 64)
    ),
    *(
        _row(3, f"{name}D={depth}", "learned", depth=depth, learn_depth=is_learned)
        for depth in (10, 20)
        for name, is_learned in (("", False), ("learned depth ", True))
    ),
    _row(4, "Conv C=64 D=10", "learned"),
    _row(4, "Conv C=128 D=8", "learned", channels=128, depth=8),
    _row(4, "Eff-Conv C=128 D=8", "learned", channels=128, depth=8, block="eff_conv"),
)
