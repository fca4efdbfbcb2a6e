"""Images: found in folders, checked, decoded, and made into data sets."""
