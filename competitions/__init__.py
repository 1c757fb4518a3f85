"""Competitions (竞赛): reserved for its issue; the frame already keeps its place in the layers."""
