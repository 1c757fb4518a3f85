"""Reading rounds: by key, by standing, in lists."""
