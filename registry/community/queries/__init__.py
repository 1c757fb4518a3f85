"""Reading likes, watching, discussions and reports."""

from registry.community.queries import discussions, reactions, reports

__all__ = ["discussions", "reactions", "reports"]
