"""Reviewing: what an expert reads, writes and hands in; the discussion among reviewers; the applicants' answer."""
