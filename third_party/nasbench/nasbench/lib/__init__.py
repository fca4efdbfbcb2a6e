"""Cells, configuration and networks of NAS-Bench-101."""
