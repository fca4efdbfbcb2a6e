"""Data sets: `core` holds what all share, `formats` reads files, `images` and `audio` make sets."""
