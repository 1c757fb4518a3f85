"""Every reading of certification."""
