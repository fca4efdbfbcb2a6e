"""The command line: jobs, their flags, what they print."""
