"""Evaluations: one version of an asset run on one version of a benchmark, and what came of it."""
