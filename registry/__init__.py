"""The registry: assets, versions, scanning, sandbox, benchmarks, evaluation."""
