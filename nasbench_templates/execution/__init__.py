"""Many runs: in this process, in several, or by an engine of another kind behind one interface."""
