"""Rounds: what is reviewed, by whom, under which shape, and how far it has come."""
