"""The home page, the site search box's answers, about and language."""
