"""Layer graphs with symbolic widths and their exact cost; no TensorFlow."""
