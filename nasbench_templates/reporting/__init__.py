"""Results as one page, or as tables for papers."""
