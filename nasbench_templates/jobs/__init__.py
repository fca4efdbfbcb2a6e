"""The command line: one module for each job, the only place with flags."""
