"""Promotion: the way of a version to the nodes, by gates that are data and computed live (DOMAIN 3)."""
