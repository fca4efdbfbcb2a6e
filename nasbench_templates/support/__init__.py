"""What every room builds on: errors, registries, whole files, locks, tables, the user's cache."""
