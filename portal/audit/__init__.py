"""The append-only record of every change of state."""
