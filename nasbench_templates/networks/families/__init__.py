"""One file for each family of networks; every module registers its architectures."""
