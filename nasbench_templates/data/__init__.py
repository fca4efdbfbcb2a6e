"""Data sets in memory: one file a set in `sets`, one file a format here."""
