"""Rollout: signed bundles for nodes without a network, the nodes themselves, and what they report back."""
