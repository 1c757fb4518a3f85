"""Workers that have signed on, and the rule by which they share their slots among people."""
