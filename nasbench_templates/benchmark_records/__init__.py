"""Records of the NAS-Bench-101 benchmark."""
