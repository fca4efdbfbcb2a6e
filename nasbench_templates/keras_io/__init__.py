"""Layer graphs as Keras models."""
