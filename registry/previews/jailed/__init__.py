"""What runs inside a jail: reading files nobody has vouched for, to make small parts that a page can show.

Bound read only at /tool/jailed and started as `python -m jailed.preview` with /tool as the working directory, in the
preview runtime. Nothing here may import the portal. What is written to /output is read by the host as hostile."""
