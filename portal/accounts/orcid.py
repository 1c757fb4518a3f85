"""ORCID identifiers and their check character."""

import re

_SHAPE = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")


def check_character(digits: str) -> str:
    """The check character of 15 digits: ISO/IEC 7064, MOD 11-2, as ORCID documents it."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    value = (12 - total % 11) % 11
    return "X" if value == 10 else str(value)


def normal(text: str) -> str | None:
    """``0000-0002-1825-0097`` from an identifier or its https://orcid.org address; None where it does not hold."""
    bare = text.strip().upper().rsplit("/", 1)[-1]
    if "-" not in bare and len(bare) == 16:
        bare = "-".join(bare[i : i + 4] for i in range(0, 16, 4))
    if not bare.isascii() or not _SHAPE.fullmatch(bare):
        return None
    digits = bare.replace("-", "")
    return bare if check_character(digits[:15]) == digits[15] else None
