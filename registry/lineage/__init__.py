"""Where an asset comes from and what came of it, as a graph."""
