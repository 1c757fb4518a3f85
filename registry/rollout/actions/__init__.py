"""Verbs of rollout."""
