"""What the paper on networks without pooling or fixed filter sizes prints, row by row.

Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes", tables 1 to 4.
"""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One row of a published table.

    Attributes:
        table: its number.
        name: of the row.
        options: of the architecture `multires`.
        threshold: shares below it are pruned after training and the rest is fine-tuned; with 1 the
            largest one stays and the network is trained from new weights; `None`: no pruning.
        accuracy: published, in %.
        gops: published cost in 10^9 operations, `None` where the table prints none.
        params: published number of parameters in millions, likewise.
    """

    table: int
    name: str
    options: tuple[tuple[str, object], ...]
    threshold: float | None = None
    accuracy: float | None = None
    gops: float | None = None
    params: float | None = None


def _row(table: int, name: str, accuracy: float, gops: float | None = None, **settings) -> Row:
    threshold, params = settings.pop("threshold", None), settings.pop("params", None)
    return Row(table, name, tuple(sorted(settings.items())), threshold, accuracy, gops, params)


VARIANTS = {
    "no pooling": "no_pooling",
    "predefined pooling": "pooling",
    "scale invariant": "scale_invariant",
    "learned": "learned",
}
TABLE_2 = {
    "no pooling": (71.8, 82.8, 87.3),
    "scale invariant": (78.2, 84.0, 89.2),
    "predefined pooling": (83.3, 89.0, 90.0),
    "learned": (83.9, 89.9, 92.5),
}
ROWS = (
    _row(1, "no pooling", 87.3, 0.31, variant="no_pooling"),
    _row(1, "predefined pooling", 90.0, 0.26, variant="pooling"),
    _row(1, "scale invariant", 89.2, 0.41, variant="scale_invariant"),
    _row(1, "learned", 92.5, 0.41, variant="learned"),
    _row(1, "learned threshold 0.1", 92.5, 0.29, variant="learned", threshold=0.1),
    _row(1, "learned threshold 0.2", 92.3, 0.27, variant="learned", threshold=0.2),
    _row(1, "learned one resolution", 91.1, 0.26, variant="learned", threshold=1.0),
    *(
        _row(2, f"{name} C={channels}", accuracy, variant=VARIANTS[name], channels=channels)
        for name, accuracies in TABLE_2.items()
        for channels, accuracy in zip((16, 32, 64), accuracies, strict=True)
    ),
    *(
        _row(3, f"D={depth}{name}", accuracy, variant="learned", depth=depth, learn_depth=learned)
        for depth, learned, name, accuracy in (
            (10, False, "", 92.5),
            (10, True, " learned depth (8)", 92.0),
            (20, False, "", 92.9),
            (20, True, " learned depth (9)", 91.5),
        )
    ),
    _row(4, "conv C=64 D=10", 92.5, 0.41, params=0.3, variant="learned"),
    _row(4, "conv C=128 D=8", 91.2, 1.23, params=0.9, variant="learned", channels=128, depth=8),
    _row(4, "Eff-Conv C=128 D=8", 93.0, 1.69, params=1.5, variant="learned", channels=128,
         depth=8, block="eff_conv"),
)  # fmt: skip
# Saxena and Verbeek's networks as table 4 prints them: accuracy in %, millions of parameters.
FABRICS = {"FabricNet sparse 64/16": (81.11, 2.0), "FabricNet full 128/8": (92.57, 21.2)}
