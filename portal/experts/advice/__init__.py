"""Advice: somebody asks, the secretariat routes, experts of the pool answer publicly or privately."""
