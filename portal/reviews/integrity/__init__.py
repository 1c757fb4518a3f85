"""Integrity of rounds: who was shown names, reports of an approach, the experts made known after the end."""
