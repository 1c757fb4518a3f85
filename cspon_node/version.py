"""The tool's own version: in receipts, in ``--version``, and in the wheel."""

VERSION = "0.1.0"
