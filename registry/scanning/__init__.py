"""Scanning: what comes from outside is unpacked and looked at in a jail before anybody else gets to see
it."""
