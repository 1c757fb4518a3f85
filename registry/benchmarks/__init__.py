"""Benchmarks (评测基准): task, data split, scoring program, metrics, limits."""
