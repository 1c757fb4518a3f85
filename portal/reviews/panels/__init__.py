"""Panels: sessions with attendance and quorum, an agenda from which members in conflict stay out, ballots, minutes."""
