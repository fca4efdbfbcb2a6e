"""One module per data set; each registers itself in `dataset.datasets`."""
