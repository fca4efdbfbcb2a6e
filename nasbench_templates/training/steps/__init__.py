"""One training step: what all backends share, and one file for each backend."""
