"""Readers of the files that data sets are published in; one file a format."""
