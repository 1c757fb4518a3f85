"""Organisations (单位): members, invitations, verification."""
