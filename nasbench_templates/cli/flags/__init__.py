"""Flags that several jobs share."""
