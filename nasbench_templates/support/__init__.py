"""What every room builds on: errors, registries, whole files, locks, the user's cache."""
