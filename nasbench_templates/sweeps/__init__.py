"""Many runs as one: a grid or list of them, what it takes, how far it is, and its table."""
