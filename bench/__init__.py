"""Benchmarks: every line is a ratio of two things measured in the same run, in turns."""
