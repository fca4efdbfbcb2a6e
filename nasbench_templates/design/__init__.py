"""Networks under widths: which network, how it is matched, and what comes out."""
