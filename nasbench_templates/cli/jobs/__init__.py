"""One module a job; the dispatcher finds them by their names."""
