"""Assets on their way out: citations, and descriptions that other catalogues and tools read."""
