"""What is counted of a network: the names and meaning of every exact count.

Counts follow docs/templates.md, sections 2 and 9: a multiply-accumulate (MAC) is one product of a
weight; the operation count of "The Myth of the Pyramid" adds 2 for each element
of a batch norm, 1 for each element of a ReLU and 1 for each *input* element of a pooling.
"""

from typing import NamedTuple


class Cost(NamedTuple):
    """Exact counts per image (`params` and `trainable_params` per network).

    Attributes:
        macs: multiply-accumulates of convolutions and dense layers.
        published_flops: the operation count of "The Myth of the Pyramid".
        params: all values, including the moving statistics of batch norm.
        trainable_params: the trainable values.
        activations: elements in the outputs of convolution, pooling and dense layers; a global
            average is a reduction and not counted, as in pycls.
    """

    macs: int = 0
    published_flops: int = 0
    params: int = 0
    trainable_params: int = 0
    activations: int = 0

    @property
    def flops(self) -> int:
        """Two operations, one product and one sum, for each multiply-accumulate."""
        return 2 * self.macs


NO_COST = Cost()
