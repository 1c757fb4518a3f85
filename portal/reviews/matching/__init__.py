"""Which expert reviews which submission: affinity, assignment under rules, the draw by lot, replacements.

A pure library: no database, no HTTP. It needs NumPy, SciPy and scikit-learn, so workers and commands import it and web
processes never do.
"""
