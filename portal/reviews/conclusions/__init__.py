"""The end of a round: an outcome with a reason for every submission, letters, and the whole round as files."""
