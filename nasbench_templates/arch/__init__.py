"""Architectures as data and their exact cost; no TensorFlow."""
