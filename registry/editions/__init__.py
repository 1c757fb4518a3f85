"""Editions: rules that are data, in numbered versions that never change, each with a day of effect."""
