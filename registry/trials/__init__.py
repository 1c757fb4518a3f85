"""Trials: a visitor's small input through a published program or model, in a jail, for that visitor's eyes alone."""
