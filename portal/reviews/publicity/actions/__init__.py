"""The verbs of public notices and of objections to them."""
