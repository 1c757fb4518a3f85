"""Verbs of the community."""

from registry.community.actions import discussions, posts, reactions, reports

__all__ = ["discussions", "posts", "reactions", "reports"]
