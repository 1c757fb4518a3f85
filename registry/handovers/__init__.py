"""Handing an asset over to another namespace: offered, accepted, old addresses redirected."""
