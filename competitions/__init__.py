"""Competitions (竞赛): the domain package its issue fills; the frame already reserves its place in the layers."""
