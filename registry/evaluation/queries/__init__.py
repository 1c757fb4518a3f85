"""Every reading (and every fenced write) of evaluations."""
