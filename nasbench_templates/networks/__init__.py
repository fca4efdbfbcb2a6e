"""Architectures as data: families, cells and the blocks that they compose; no TensorFlow."""
