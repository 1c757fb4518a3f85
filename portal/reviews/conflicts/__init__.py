"""Conflicts of interest: one graph of people, organisations and ties, and the verdicts read from it."""
