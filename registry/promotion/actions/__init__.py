"""The verbs of promotion."""
