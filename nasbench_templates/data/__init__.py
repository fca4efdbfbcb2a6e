"""Image data sets, in memory or streamed: one file a set in `sets`, one file a format here."""
