"""Keras models as layer graphs with slots."""
