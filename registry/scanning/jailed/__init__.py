"""What runs inside a jail: unpacking and scanning of bytes nobody has vouched for.

Bound read only at /tool/jailed and started as `python -m jailed.unpack` or `python -m jailed.scan` with /tool
as the working directory. Nothing here may import the portal: the scan runtime holds the standard library,
PyYAML and scanners only."""
