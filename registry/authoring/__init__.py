"""Writing a benchmark step by step in the browser: every form writes ``benchmark.yaml``, which stays the only truth."""
