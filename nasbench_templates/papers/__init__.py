"""The published studies: what papers printed, and the same computed or trained here."""
