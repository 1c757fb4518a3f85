"""Running one attempt: two jails, a strict reading of what comes out, one record."""
