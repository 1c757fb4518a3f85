"""Queries of reviewing."""
