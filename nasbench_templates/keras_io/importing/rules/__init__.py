"""What each kind of layer does to channels, weights and counts: one small function a class."""
