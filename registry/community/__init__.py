"""The community around assets: likes, watching, discussions, reports of misuse."""
