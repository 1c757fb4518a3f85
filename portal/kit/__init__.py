"""Machinery without one domain word: database, errors, pages, forms, states, jobs, storage and the rest."""
