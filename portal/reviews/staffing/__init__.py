"""Experts come to submissions: conflicts of interest from the database, assignment, the draw, replacements."""
