"""Dry runs (试运行): before a benchmark is published, known submissions must come to the ends they should."""
