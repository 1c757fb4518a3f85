"""Versions (版本) of assets: immutable once published; files by SHA-256."""
