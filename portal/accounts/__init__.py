"""People: accounts, sign-in, sessions, roles, access tokens, namespaces."""
