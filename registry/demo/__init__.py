"""Builders of the demo content: three benchmarks, their submissions and a small library, from installed packages.

They run in the runtime geo-py311 with the extra layer of requirements.txt, never in the portal's own process,
and import nothing of the portal. `python registry/demo/build.py OUTDIR` writes everything; nothing of it is
committed.
"""
