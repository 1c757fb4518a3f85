"""Notices in the portal and by mail."""
