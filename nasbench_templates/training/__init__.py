"""Training of Keras models on data sets."""
