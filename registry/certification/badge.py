"""A small picture that says what a certificate is worth at the moment it is asked for. Pure."""

from markupsafe import escape

COLOURS = {"good": "#1b6e3c", "warn": "#8a5a00", "bad": "#a3231a", "neutral": "#55606b"}
HEIGHT = 22


def width(text: str) -> int:
    """Room for a text at 12 px: Chinese characters take a whole em."""
    return round(sum(12 if ord(char) > 0x2E7F else 6.9 for char in text)) + 14


def svg(name: str, worth: str, level: str) -> str:
    """``name | worth``; nothing in it but shapes and escaped text."""
    left, right = width(name), width(worth)
    colour = COLOURS.get(level, COLOURS["neutral"])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(name)}: {escape(worth)}"><title>{escape(name)}: {escape(worth)}</title>'
        f'<rect width="{left}" height="{HEIGHT}" fill="#2b3440"/>'
        f'<rect x="{left}" width="{right}" height="{HEIGHT}" fill="{colour}"/>'
        '<g fill="#ffffff" font-family="sans-serif" font-size="12">'
        f'<text x="7" y="15">{escape(name)}</text><text x="{left + 7}" y="15">{escape(worth)}</text></g></svg>'
    )
