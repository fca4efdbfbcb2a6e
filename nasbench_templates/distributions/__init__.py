"""Filter distribution templates and the search for equal cost; no TensorFlow."""
