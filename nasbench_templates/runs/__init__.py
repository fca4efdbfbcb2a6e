"""One training run: its folder, how it is carried out, and how it is read back."""
