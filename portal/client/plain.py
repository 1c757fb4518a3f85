"""Words of others on this terminal."""


def plain(text: str) -> str:
    """What a portal or an unknown program says, without anything that could steer the terminal it is shown on."""
    return "".join(
        char if char.isprintable() or char in "\t\n" else "\N{REPLACEMENT CHARACTER}" for char in text
    )
