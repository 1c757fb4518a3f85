"""Programs of dry runs. They run in jails only, by whatever runtime the benchmark names: standard library only."""
