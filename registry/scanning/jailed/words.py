"""Word lists that read as text."""


def words(text: str) -> frozenset[str]:
    """The words of a text, separated by blanks or line ends."""
    return frozenset(text.split())
